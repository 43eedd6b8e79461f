//! What a first visit loads.

use anyhow::{Result, bail};
use rapport_bench::http::once;

/// Bytes on the wire of the landing page and of the styles, scripts, fonts and pictures it names.
pub async fn bytes(address: &str) -> Result<usize> {
    let (_, _, page) = once(address, "GET", "/", &[], None).await?;
    let mut total = packed(address, "/").await?;
    for path in named(&String::from_utf8_lossy(&page)) {
        total += packed(address, &path).await?;
    }
    Ok(total)
}

/// Its size as it comes, compressed.
async fn packed(address: &str, path: &str) -> Result<usize> {
    let (status, _, body) = once(address, "GET", path, &[("accept-encoding", "br, gzip")], None).await?;
    if status != 200 {
        bail!("{path}: {status}");
    }
    Ok(body.len())
}

/// The own addresses of a page's `link`, `script` and `img`.
fn named(page: &str) -> Vec<String> {
    let mut paths: Vec<String> = page
        .split('<')
        .filter(|tag| ["link ", "script ", "img "].iter().any(|kind| tag.starts_with(kind)))
        .filter(|tag| !tag.contains("rel=\"canonical\"") && !tag.contains("rel=\"alternate\""))
        .filter_map(|tag| ["href=\"", "src=\""].iter().find_map(|name| tag.split_once(name)))
        .filter_map(|(_, rest)| rest.split('"').next())
        .filter(|path| path.starts_with('/'))
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn each_part_of_a_page_is_named_once() {
        let page = r#"<link rel="stylesheet" href="/a.css"><script src="/b.js"></script><img src="/b.js"><a href="/c">"#;
        assert_eq!(named(page), ["/a.css", "/b.js"]);
    }
}
