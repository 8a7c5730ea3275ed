//! The plot: bars on a logarithmic scale, a token never seen before and one that comes again.

use std::fmt::Write as _;

use bench_measure::Row;

use super::time;

const GROUPS: [(&str, &str); 2] =
    [("cold_rs256", "A token never seen before (RS256)"), ("hot_rs256", "The same token again (RS256)")];

const WIDTH: f64 = 760.0;
/// Where bars begin, and the most that they are long.
const LEFT: f64 = 230.0;
const BAR: f64 = 420.0;
const LINE: f64 = 22.0;
const HEADING: f64 = 34.0;
const MARGIN: f64 = 16.0;

/// The colours are those of the reader's scheme. No text lies on a bar, and none says anything by its colour alone.
const STYLE: &str = "\
:root{--back:#fff;--text:#1f2328;--faint:#59636e;--line:#d1d9e0;--own:#0969da;--peer:#8c959f;--floor:#57606a}
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--text:#f0f6fc;--faint:#9198a1;--line:#3d444d;--own:#4493f8;--peer:#656c76;--floor:#9198a1}}
text{font:13px system-ui,sans-serif;fill:var(--text)}
.heading{font-weight:600;font-size:14px}.own{font-weight:600}.tick,.legend{fill:var(--faint);font-size:11px}
.back{fill:var(--back)}.grid{stroke:var(--line)}
rect.own{fill:var(--own)}rect.peer{fill:var(--peer)}rect.floor{fill:var(--floor)}";

/// An SVG document.
pub(super) fn plot(rows: &[Row]) -> String {
    let groups: Vec<_> = GROUPS.iter().map(|(case, title)| (*title, sorted(rows, case))).collect();
    let groups: Vec<_> = groups.into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
    let scale = Scale::of(groups.iter().flat_map(|(_, rows)| rows).map(|(_, ns)| *ns));
    let bars: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
    let bottom = groups.iter().map(|_| HEADING).sum::<f64>() + whole(bars) * LINE + MARGIN;
    let height = bottom + 40.0;

    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">"#
    );
    let _ = writeln!(svg, r#"<title id="title">What the check of one access token costs</title>"#);
    let _ = writeln!(svg, r#"<desc id="desc">{}</desc>"#, escaped(&description(&groups)));
    let _ = writeln!(svg, "<style>{STYLE}</style>");
    let _ = writeln!(svg, r#"<rect class="back" width="{WIDTH}" height="{height}" rx="6"/>"#);
    scale.draw(&mut svg, bottom);
    let mut y = MARGIN;
    for (title, rows) in &groups {
        let _ = writeln!(svg, r#"<text class="heading" x="{MARGIN}" y="{}">{}</text>"#, y + 20.0, escaped(title));
        y += HEADING;
        for (subject, ns) in rows {
            bar(&mut svg, &scale, y, subject, *ns);
            y += LINE;
        }
    }
    let _ = writeln!(
        svg,
        r#"<text class="legend" x="{MARGIN}" y="{}">Time of one check, median; logarithmic scale. Shorter is better.</text>"#,
        height - 8.0
    );
    svg.push_str("</svg>\n");
    svg
}

/// The subjects of a case and their times, the quickest first.
fn sorted<'a>(rows: &'a [Row], case: &str) -> Vec<(&'a str, f64)> {
    let of_case = rows.iter().filter(|row| row.case == case);
    let mut times: Vec<_> = of_case.filter_map(|row| Some((row.subject.as_str(), row.ns?))).collect();
    times.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    times
}

fn bar(svg: &mut String, scale: &Scale, y: f64, subject: &str, ns: f64) {
    let kind = match subject {
        "floor" => "floor",
        subject if subject.starts_with("requires-auth") => "own",
        _ => "peer",
    };
    let (name, text_y) = (escaped(subject), y + 14.0);
    let width = scale.width(ns).max(2.0);
    let _ = writeln!(svg, r#"<text class="{kind}" x="{}" y="{text_y}" text-anchor="end">{name}</text>"#, LEFT - 8.0);
    let _ = writeln!(svg, r#"<rect class="{kind}" x="{LEFT}" y="{}" width="{width:.1}" height="14" rx="2"/>"#, y + 3.0);
    let _ = writeln!(svg, r#"<text class="{kind}" x="{:.1}" y="{text_y}">{}</text>"#, LEFT + width + 6.0, time(ns));
}

/// The same in words, for who does not see it.
fn description(groups: &[(&str, Vec<(&str, f64)>)]) -> String {
    let group = |(title, rows): &(&str, Vec<(&str, f64)>)| {
        let bars: Vec<_> = rows.iter().map(|(subject, ns)| format!("{subject} {}", time(*ns))).collect();
        format!("{title}: {}.", bars.join(", "))
    };
    groups.iter().map(group).collect::<Vec<_>>().join(" ")
}

/// From one power of ten to another.
struct Scale {
    from: i32,
    to: i32,
}

impl Scale {
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let logs: Vec<f64> = times.filter(|ns| *ns > 0.0).map(f64::log10).collect();
        let lowest = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let power = |log: f64| log.clamp(0.0, 12.0) as i32;
        let from = power(lowest.floor());
        Self { from, to: power(highest.ceil()).max(from + 1) }
    }

    /// The length of a bar.
    fn width(&self, ns: f64) -> f64 {
        let share = (ns.max(f64::MIN_POSITIVE).log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        share.clamp(0.0, 1.0) * BAR
    }

    fn draw(&self, svg: &mut String, bottom: f64) {
        for power in self.from..=self.to {
            let ns = 10_f64.powi(power);
            let x = LEFT + self.width(ns);
            let _ = writeln!(svg, r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="{MARGIN}" y2="{bottom}"/>"#);
            let label = time(ns).replace(".00", "").replace(".0", "");
            let y = bottom + 13.0;
            let _ = writeln!(svg, r#"<text class="tick" x="{x:.1}" y="{y}" text-anchor="middle">{label}</text>"#);
        }
    }
}

fn whole(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("few bars"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, subject: &str, ns: f64) -> Row {
        Row { ns: Some(ns), ..Row::new(case, subject) }
    }

    #[test]
    fn bars_grow_with_the_logarithm() {
        let scale = Scale::of([150.0, 30_000.0].into_iter());
        assert_eq!((scale.from, scale.to), (2, 5));
        assert!(scale.width(100.0).abs() < 1e-6);
        assert!((scale.width(1_000.0) - BAR / 3.0).abs() < 1e-6);
        assert!((scale.width(100_000.0) - BAR).abs() < 1e-6);
    }

    #[test]
    fn the_quickest_is_first_and_all_is_said_in_words() {
        let rows =
            [row("cold_rs256", "floor", 17e3), row("hot_rs256", "b", 25e3), row("hot_rs256", "requires-auth", 120.0)];
        let svg = plot(&rows);
        let desc = svg.split("<desc").nth(1).unwrap().split("</desc>").next().unwrap();
        assert!(desc.contains("floor 17.0 µs"), "{desc}");
        assert!(desc.contains("requires-auth 120 ns, b 25.0 µs"), "{desc}");
        assert_eq!(svg.matches("<rect class=").count(), 4, "three bars on a card");
    }

    #[test]
    fn names_cannot_break_the_document() {
        assert!(plot(&[row("cold_rs256", "<b>&", 5.0)]).contains("&lt;b&gt;&amp;"));
    }
}
