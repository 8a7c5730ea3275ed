//! The start page: which endpoints there are, what each needs, and how to try it.

use std::net::SocketAddr;

/// The page as a server at `address` serves it. It loads nothing and runs no script.
#[must_use]
pub fn html(address: SocketAddr) -> String {
    PAGE.replace("{origin}", &format!("http://{address}"))
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Weather API</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404a); --soft: light-dark(#f4f6f9, #20242b);
          --quiet: light-dark(#525b69, #a5aebc); --link: light-dark(#0b57c2, #86b7ff); }
  * { box-sizing: border-box; }
  body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 44rem; font: 1rem/1.55 system-ui, sans-serif;
         overflow-wrap: break-word; }
  h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.2; }
  h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
  p { margin: .25rem 0 .75rem; }
  a { color: var(--link); }
  code, pre { font: .875em/1.5 ui-monospace, monospace; }
  pre { margin: .5rem 0 0; padding: .7rem .8rem; overflow-x: auto; background: var(--soft);
        border: 1px solid var(--line); border-radius: .4rem; }
  pre code { font-size: 1em; }
  article { margin: .75rem 0; padding: .9rem 1rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
  article h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
  article p { margin: .25rem 0 0; }
  .needs { color: var(--quiet); font-size: .9rem; }
</style>
</head>
<body>
<main>
<h1>Weather API</h1>
<p>A small API that asks callers for an access token, guarded by <code>requires-auth</code>.</p>

<h2>Endpoints</h2>

<article>
<h3><code>GET /api/weather/{city}</code></h3>
<p>What this month is usually like in a city. Optional: <code>state</code> (US only), <code>country</code>
(default <code>US</code>), <code>units</code> (<code>standard</code>, <code>metric</code> or <code>imperial</code>).</p>
<p class="needs">Needs the scope <code>weather.read</code>, or, for a daemon, the app permission
<code>Weather.Read.All</code>.</p>
<pre tabindex="0"><code>curl -i -H "Authorization: Bearer $TOKEN" \
  '{origin}/api/weather/seattle?units=metric'</code></pre>
</article>

<article>
<h3><code>GET /api/reports</code></h3>
<p>What people saw out of the window, the newest first: <a href="/api/reports">read them</a>.</p>
<p class="needs">Open to all.</p>
<pre tabindex="0"><code>curl -i '{origin}/api/reports'</code></pre>
</article>

<article>
<h3><code>POST /api/reports</code></h3>
<p>Adds a report.</p>
<p class="needs">Needs the scope <code>weather.write</code>.</p>
<pre tabindex="0"><code>curl -i -H "Authorization: Bearer $TOKEN" \
  --json '{"description": "Fog", "location": {"city": "Seattle"}}' \
  '{origin}/api/reports'</code></pre>
</article>

<h2>Where a token comes from</h2>
<p>A development build without a tenant prints lines to paste, tokens included, in the terminal that it runs in. With
a tenant, ask Microsoft Entra ID for one, for example:</p>
<pre tabindex="0"><code>TOKEN=$(az account get-access-token --query accessToken -o tsv \
  --scope api://CLIENT_ID/weather.read)</code></pre>
<p>Without one, <a href="/api/weather/seattle">the weather in Seattle</a> is 401, and the answer says why.</p>
</main>
</body>
</html>
"#;

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn names_the_address_it_is_served_from() {
        let page = html(([127, 0, 0, 1], 8123).into());
        assert!(page.contains("'http://127.0.0.1:8123/api/weather/seattle?units=metric'"));
        assert!(!page.contains("{origin}"));
    }

    #[test]
    fn loads_nothing() {
        let page = html(([127, 0, 0, 1], 8000).into());
        assert!(!page.contains("src=") && !page.contains("@import") && !page.contains("<script"));
        assert!(!page.contains("https://"));
    }
}
