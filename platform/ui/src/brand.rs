//! A workspace's colour, bent until it can be read in both themes.
//!
//! The hue stays; lightness moves in OKLCH until every pair below holds WCAG AA.
//! Floats are fine here: nothing is counted.

/// Colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Accent {
    /// Fill of primary buttons and bars.
    fill: Rgb,
    /// Text on the fill.
    on_fill: Rgb,
    /// Links and icons on the page.
    text: Rgb,
    /// A quiet surface, and the text on it.
    soft: Rgb,
}

type Rgb = [u8; 3];

const LIGHT_PAGE: Rgb = [255, 255, 255];
const DARK_PAGE: Rgb = [24, 24, 27];
const FALLBACK: Rgb = [0x24, 0x57, 0xc5];

/// The stylesheet that re-tints the accent tokens with a colour like `#2457c5`.
/// Anything that is not a colour gives the product's own.
pub fn css(hex: &str) -> String {
    let colour = parse(hex).unwrap_or(FALLBACK);
    let (light, dark) = (light(colour), dark(colour));
    let mut out = String::from(":root{");
    for (name, l, d) in [
        ("--primary", light.fill, dark.fill),
        ("--primary-foreground", light.on_fill, dark.on_fill),
        ("--accent-text", light.text, dark.text),
        ("--accent-soft", light.soft, dark.soft),
    ] {
        out.push_str(&format!("{name}:light-dark({},{});", hex_of(l), hex_of(d)));
    }
    out.push_str("--ring:var(--accent-text);--chart-1:var(--accent-text);}");
    out
}

/// Reads `#rgb` or `#rrggbb`.
pub fn parse(hex: &str) -> Option<Rgb> {
    let digits = hex.trim().strip_prefix('#')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pair = |text: &str| u8::from_str_radix(text, 16).ok();
    match digits.len() {
        3 => {
            let mut out = [0; 3];
            for (i, c) in digits.chars().enumerate() {
                out[i] = pair(&format!("{c}{c}"))?;
            }
            Some(out)
        }
        6 => Some([pair(&digits[..2])?, pair(&digits[2..4])?, pair(&digits[4..])?]),
        _ => None,
    }
}

fn light(colour: Rgb) -> Accent {
    let (l, c, h) = to_oklch(colour);
    let white = [255, 255, 255];
    let fill = until(l.min(0.72), -0.01, c, h, |rgb| contrast(rgb, white) >= 4.6);
    let soft = from_oklch(0.965, c.min(0.025), h);
    let text =
        until(l.min(0.6), -0.01, c, h, |rgb| contrast(rgb, LIGHT_PAGE) >= 4.6 && contrast(rgb, soft) >= 4.6);
    Accent { fill, on_fill: white, text, soft }
}

fn dark(colour: Rgb) -> Accent {
    let (l, c, h) = to_oklch(colour);
    let white = [255, 255, 255];
    let fill = until(l.clamp(0.5, 0.62), -0.01, c, h, |rgb| contrast(rgb, white) >= 4.6);
    let soft = from_oklch(0.29, c.min(0.05), h);
    let text = until(l.max(0.7), 0.01, c.min(0.16), h, |rgb| {
        contrast(rgb, DARK_PAGE) >= 4.8 && contrast(rgb, soft) >= 4.6
    });
    Accent { fill, on_fill: white, text, soft }
}

/// Walks lightness until the colour is good enough; black or white at the end of the way always is.
fn until(mut l: f64, step: f64, c: f64, h: f64, good: impl Fn(Rgb) -> bool) -> Rgb {
    loop {
        let rgb = from_oklch(l, c, h);
        if good(rgb) || !(0.0..=1.0).contains(&l) {
            return rgb;
        }
        l += step;
    }
}

fn hex_of([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn linear(channel: u8) -> f64 {
    let x = f64::from(channel) / 255.0;
    if x <= 0.040_45 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
}

fn gamma(x: f64) -> f64 {
    if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }
}

/// WCAG 2 contrast of two colours.
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let luminance = |[r, g, b]: Rgb| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn to_oklch([r, g, b]: Rgb) -> (f64, f64, f64) {
    let (r, g, b) = (linear(r), linear(g), linear(b));
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    let lightness = 0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s;
    let a = 1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s;
    let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s;
    (lightness, a.hypot(b), b.atan2(a))
}

/// Back to sRGB; chroma shrinks until the colour fits.
fn from_oklch(lightness: f64, chroma: f64, hue: f64) -> Rgb {
    let mut c = chroma;
    loop {
        let rgb = srgb(lightness, c, hue);
        if c < 0.001 || rgb.iter().all(|x| (-0.001..=1.001).contains(x)) {
            return rgb.map(|x| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to a byte"
                )]
                let byte = (x.clamp(0.0, 1.0) * 255.0).round() as u8;
                byte
            });
        }
        c *= 0.95;
    }
}

fn srgb(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    [
        gamma(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        gamma(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        gamma(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_the_cube_stays_readable_in_both_themes() {
        for r in (0..=255).step_by(51) {
            for g in (0..=255).step_by(51) {
                for b in (0..=255).step_by(51) {
                    let colour = [r as u8, g as u8, b as u8];
                    for (accent, page) in [(light(colour), LIGHT_PAGE), (dark(colour), DARK_PAGE)] {
                        assert!(contrast(accent.fill, accent.on_fill) >= 4.5, "{colour:?} fill");
                        assert!(contrast(accent.text, page) >= 4.5, "{colour:?} text");
                        assert!(contrast(accent.text, accent.soft) >= 4.5, "{colour:?} soft");
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_that_is_fine_is_kept() {
        let kept = light([0x24, 0x57, 0xc5]).fill;
        assert!(kept.iter().zip([0x24, 0x57, 0xc5]).all(|(a, b)| a.abs_diff(b) <= 1), "{kept:?}");
    }

    #[test]
    fn only_colours_are_read_and_nothing_else_reaches_the_stylesheet() {
        assert_eq!(parse("#0af"), Some([0, 0xaa, 0xff]));
        assert_eq!(parse("red"), None);
        assert_eq!(parse("#12345é"), None);
        assert_eq!(css("}body{display:none"), css("#2457c5"));
    }

    #[test]
    fn white_and_black_are_contrast_21() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
    }
}
