//! Lines over time, each with a dash of its own.

use super::svg::{Anchor, COLOURS, WIDTH, frame, rounded, text};

const HEIGHT: f64 = 260.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = WIDTH - 20.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = HEIGHT - 30.0;

/// How each line is interrupted, so that it is known without its colour.
const DASHES: [&str; 2] = ["none", "6 3"];

/// Up to so many points each gets a dot: one alone would not be seen at all.
const MOST_DOTS: usize = 31;

/// One line: a value for each date.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) values: Vec<i64>,
}

/// A chart of two lines over the same dates.
pub(super) fn draw(title: &str, dates: &[&str], lines: &[Line; 2]) -> String {
    let highest = lines.iter().flat_map(|line| &line.values).max();
    let most = round_up(highest.copied().unwrap_or_default());
    let mut drawn = axes(most) + &labels(dates);
    for (place, line) in lines.iter().enumerate() {
        drawn += &draw_line(place, line, most);
    }
    let sums = lines.iter().map(|Line { name, values }| {
        let sum: i64 = values.iter().sum();
        format!("{name}: {sum}")
    });
    let words: Vec<String> = sums.collect();
    frame(title, &words.join("; "), HEIGHT, &drawn)
}

/// The next number that one likes to read on an axis: one digit of a few, and zeros.
fn round_up(highest: i64) -> i64 {
    let mut power = 1;
    loop {
        for step in [1, 2, 3, 5] {
            let most = power * step;
            if most >= highest || power > i64::MAX / 100 {
                return most;
            }
        }
        power *= 10;
    }
}

fn axes(most: i64) -> String {
    let line = |y: f64, most: i64| {
        let number = text(LEFT - 8.0, y + 4.0, Anchor::End, &most.to_string());
        format!(
            "<line x1=\"{LEFT}\" y1=\"{y}\" x2=\"{RIGHT}\" y2=\"{y}\" stroke=\"currentColor\" \
             stroke-opacity=\"0.3\"/>{number}"
        )
    };
    line(BOTTOM, 0) + &line(TOP, most)
}

/// The first date, the last one, and one between them.
fn labels(dates: &[&str]) -> String {
    let y = BOTTOM + 20.0;
    let label = |place: usize, anchor: Anchor| {
        let date = dates.get(place).copied().unwrap_or_default();
        text(x_of(place, dates.len()), y, anchor, date)
    };
    match dates.len() {
        0 => String::new(),
        1 => label(0, Anchor::Start),
        2 => label(0, Anchor::Start) + &label(1, Anchor::End),
        count => {
            label(0, Anchor::Start)
                + &label(count / 2, Anchor::Middle)
                + &label(count - 1, Anchor::End)
        }
    }
}

fn draw_line(place: usize, line: &Line, most: i64) -> String {
    let (colour, dash) = (COLOURS[place % 2], DASHES[place % 2]);
    let count = line.values.len();
    let points: Vec<(f64, f64)> = line
        .values
        .iter()
        .enumerate()
        .map(|(at, value)| (x_of(at, count), y_of(*value, most)))
        .collect();
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let dots = points.iter().filter(|_| count <= MOST_DOTS);
    let dots: String = dots
        .map(|(x, y)| format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"2.5\" fill=\"{colour}\"/>"))
        .collect();
    let stroke = format!("stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"");
    let legend = LEFT + 200.0 * place as f64;
    let name = text(legend + 32.0, 18.0, Anchor::Start, &line.name);
    format!(
        "<polyline points=\"{}\" fill=\"none\" {stroke}/>{dots}\
         <line x1=\"{legend}\" y1=\"14\" x2=\"{}\" y2=\"14\" {stroke}/>{name}",
        path.join(" "),
        legend + 26.0
    )
}

fn x_of(place: usize, count: usize) -> f64 {
    let steps = count.saturating_sub(1).max(1);
    rounded(LEFT + (RIGHT - LEFT) * place as f64 / steps as f64)
}

fn y_of(value: i64, most: i64) -> f64 {
    rounded(BOTTOM - (BOTTOM - TOP) * value as f64 / most as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(dates: &[&str], created: &[i64], closed: &[i64]) -> String {
        let line = |name: &str, values: &[i64]| Line {
            name: name.to_owned(),
            values: values.to_vec(),
        };
        let lines = [line("in", created), line("<out>", closed)];
        draw("T", dates, &lines)
    }

    #[test]
    fn lines_go_through_their_values() {
        let chart = chart(&["a", "b", "c"], &[0, 5, 10], &[10, 0, 3]);
        for part in [
            "points=\"50,230 335,132 620,34\"",
            "points=\"50,34 335,230 620,171.2\"",
            "<title>T</title><desc>in: 15; &lt;out&gt;: 13</desc>",
            ">&lt;out&gt;</text>",
            "x=\"50\" y=\"250\" text-anchor=\"start\">a<",
            "x=\"335\" y=\"250\" text-anchor=\"middle\">b<",
            "x=\"620\" y=\"250\" text-anchor=\"end\">c<",
        ] {
            assert!(chart.contains(part), "{part} in {chart}");
        }
        assert_eq!(chart.matches("<circle").count(), 6);
    }

    #[test]
    fn axes_end_at_round_numbers() {
        for (highest, most) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 3),
            (4, 5),
            (6, 10),
            (26, 30),
            (11, 20),
            (49, 50),
            (51, 100),
            (101, 200),
            (99_999, 100_000),
        ] {
            assert_eq!(round_up(highest), most, "{highest}");
        }
        assert!(round_up(i64::MAX) > 0);
    }

    #[test]
    fn few_points_and_many() {
        assert!(chart(&[], &[], &[]).contains("points=\"\""));
        assert_eq!(chart(&["a"], &[1], &[0]).matches("<circle").count(), 2);
        let (dates, values) = (["d"; 366], [1; 366]);
        let year = chart(&dates, &values, &values);
        assert!(
            !year.contains("<circle") && year.len() < 12_000,
            "{}",
            year.len()
        );
    }

    #[test]
    fn whatever_a_text_holds_stays_text() {
        let evil = "\"><script>";
        let lines = [evil, evil].map(|name| Line {
            name: name.to_owned(),
            values: vec![1],
        });
        let chart = draw(evil, &[evil], &lines);
        assert!(
            !chart.contains("<script") && !chart.contains(evil),
            "{chart}"
        );
    }
}
