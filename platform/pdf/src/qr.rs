//! QR codes as rows of dark runs, so that the template draws one shape.

use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

/// A QR code: its side in modules and its dark runs as (column, row, length).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    pub side: usize,
    pub runs: Vec<(usize, usize, usize)>,
}

/// The code for `text` at error correction M, or `None` if it does not fit.
pub fn matrix(text: &str) -> Option<Matrix> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let mut runs = Vec::new();
    for (row, modules) in code.to_colors().chunks(side).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                runs.push((column, row, run.len()));
            }
            column += run.len();
        }
    }
    Some(Matrix { side, runs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_starts_with_its_finder_pattern() {
        let code = matrix("https://example.test/pay/1").unwrap();
        assert_eq!(code.runs[0], (0, 0, 7));
        assert!(code.runs.iter().all(|(column, _, length)| column + length <= code.side));
    }

    #[test]
    fn a_text_too_long_for_a_code_gives_none() {
        assert_eq!(matrix(&"x".repeat(5000)), None);
    }
}
