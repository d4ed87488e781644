//! Line charts as SVG. Both axes are logarithmic, because rates, sizes and latencies span powers of
//! ten.

use crate::error::BenchError;
use plotters::{
    chart::ChartBuilder,
    coord::combinators::IntoLogRange,
    drawing::{DrawingAreaErrorKind, IntoDrawingArea},
    element::{Circle, PathElement},
    prelude::{Color, Palette, Palette99, SVGBackend, SeriesLabelPosition},
    series::LineSeries,
    style::{BLACK, ShapeStyle, WHITE},
};
use std::{error::Error, ops::Range, path::Path};

/// Width and height, in pixels.
const SIZE: (u32, u32) = (900, 540);

/// A line of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The name in the legend.
    pub(crate) name: &'static str,
    /// The points as x and y.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A chart of measured values.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// The file's name.
    pub(crate) file: &'static str,
    /// The title above the chart.
    pub(crate) title: &'static str,
    /// The label of the x axis.
    pub(crate) x: &'static str,
    /// The label of the y axis.
    pub(crate) y: &'static str,
    /// The lines of the chart.
    pub(crate) lines: Vec<Line>,
}

impl Chart {
    /// Whether any line has more than one point.
    pub(crate) fn is_a_curve(&self) -> bool {
        self.lines.iter().any(|line| line.points.len() > 1)
    }

    /// Draws the chart into a folder.
    pub(crate) fn draw(&self, folder: &Path) -> Result<(), BenchError> {
        self.try_draw(&folder.join(self.file)).map_err(|error| BenchError::Plot(error.to_string()))
    }

    fn try_draw(&self, path: &Path) -> Result<(), DrawingAreaErrorKind<impl Error + Send + Sync + use<>>> {
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 22))
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(72)
            .build_cartesian_2d(
                around(points().map(|point| point.0)).log_scale(),
                around(points().map(|point| point.1)).log_scale(),
            )?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .axis_desc_style(("sans-serif", 16))
            .label_style(("sans-serif", 14))
            .max_light_lines(0)
            .x_label_formatter(&|number| short(*number))
            .y_label_formatter(&|number| short(*number))
            .draw()?;
        for (place, line) in self.lines.iter().enumerate() {
            let style = ShapeStyle::from(Palette99::pick(place).to_rgba()).stroke_width(2);
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), style))?
                .label(line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            chart.draw_series(line.points.iter().map(|point| Circle::new(*point, 3, style.filled())))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .label_font(("sans-serif", 15))
            .draw()?;
        area.present()
    }
}

/// The range of powers of ten around these numbers. Whole powers keep the proportions, so that a
/// flat line looks flat.
fn around(numbers: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = numbers.fold((f64::MAX, 0.0_f64), |(low, high), number| (low.min(number), high.max(number)));
    let low = 10_f64.powf(low.clamp(1e-3, 1e12).log10().floor());
    low..10_f64.powf(high.max(1e-3).log10().ceil()).max(low * 10.0)
}

/// A short label: `20 k` for 20,000.
fn short(number: f64) -> String {
    match number {
        number if number >= 1e6 => format!("{} M", trimmed(number / 1e6)),
        number if number >= 1e3 => format!("{} k", trimmed(number / 1e3)),
        number => trimmed(number),
    }
}

fn trimmed(number: f64) -> String {
    format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chart_is_drawn_with_its_labels() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let line = |name, factor: f64| Line { name, points: vec![(500.0, factor), (30_000.0, factor * 40.0)] };
        let chart = Chart {
            file: "chart.svg",
            title: "Latency",
            x: "messages per second",
            y: "ms",
            lines: vec![line("p50", 0.4), line("p99", 1.5)],
        };
        chart.draw(folder.path())?;
        let svg = std::fs::read_to_string(folder.path().join("chart.svg"))?;
        for text in ["Latency", "messages per second", "p50", "p99"] {
            assert!(svg.contains(text), "{text} is missing");
        }
        Ok(())
    }

    #[test]
    fn labels_are_short() {
        assert_eq!([0.5, 20.0, 20_000.0, 1_500_000.0].map(short), ["0.5", "20", "20 k", "1.5 M"]);
    }
}
