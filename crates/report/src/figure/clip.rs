//! Lines and areas cut to a rectangle: paper has no edges of its own.

/// A place on the paper: pixels from the left and from the top.
pub(super) type Point = (f64, f64);

/// A rectangle on the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Whether a point lies inside, with half a pixel to spare for rounding.
    pub fn holds(&self, (x, y): Point) -> bool {
        let slack = 0.5;
        x >= self.left - slack && x <= self.right + slack && y >= self.top - slack && y <= self.bottom + slack
    }

    /// The same rectangle with so much more on every side; less, if `by` is negative.
    pub fn grown(&self, by: f64) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// Whether the two overlap.
    pub fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Whether the other lies inside as a whole.
    pub fn encloses(&self, other: &Self) -> bool {
        other.left >= self.left && other.right <= self.right && other.top >= self.top && other.bottom <= self.bottom
    }

    /// The point of it that is nearest to another.
    pub fn nearest(&self, (x, y): Point) -> Point {
        (x.max(self.left).min(self.right), y.max(self.top).min(self.bottom))
    }
}

/// The parts of a polyline that lie inside, each as one polyline.
pub(super) fn polyline(points: &[Point], within: &Rect) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let Some((from, to)) = segment(pair[0], pair[1], within) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&from) => part.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    parts
}

/// The part of a segment that lies inside (Liang and Barsky 1984).
fn segment(a: Point, b: Point, within: &Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let edges = [(-dx, a.0 - within.left), (dx, within.right - a.0), (-dy, a.1 - within.top), (dy, within.bottom - a.1)];
    for (speed, room) in edges {
        if speed < 0.0 {
            enter = enter.max(room / speed);
        } else if speed > 0.0 {
            leave = leave.min(room / speed);
        } else if room < 0.0 {
            return None;
        }
    }
    let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
    // The ends themselves where they are inside, so that neighbouring segments stay joined.
    let ends = (if enter > 0.0 { at(enter) } else { a }, if leave < 1.0 { at(leave) } else { b });
    (enter <= leave).then_some(ends)
}

/// The part of an area that lies inside (Sutherland and Hodgman 1974).
pub(super) fn polygon(points: &[Point], within: &Rect) -> Vec<Point> {
    // How far inside each edge a point is.
    let edges: [&dyn Fn(Point) -> f64; 4] =
        [&|p: Point| p.0 - within.left, &|p: Point| within.right - p.0, &|p: Point| p.1 - within.top, &|p: Point| within.bottom - p.1];
    let mut kept = points.to_vec();
    for inside in edges {
        let mut next = Vec::with_capacity(kept.len() + 2);
        let Some(&last) = kept.last() else { break };
        let mut from = last;
        for &to in &kept {
            let (a, b) = (inside(from), inside(to));
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                next.push((from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1)));
            }
            if b >= 0.0 {
                next.push(to);
            }
            from = to;
        }
        kept = next;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Rect = Rect { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };

    #[test]
    fn rectangles_know_each_other() {
        let small = Rect { left: 2.0, top: 2.0, right: 4.0, bottom: 3.0 };
        assert!(BOX.encloses(&small) && !small.encloses(&BOX) && BOX.meets(&small));
        assert!(!small.meets(&Rect { left: 4.0, top: 2.0, right: 5.0, bottom: 3.0 }));
        assert!(!BOX.encloses(&small.grown(2.5)));
        assert_eq!(small.nearest((0.0, 2.5)), (2.0, 2.5));
        assert_eq!(small.nearest((3.0, 2.5)), (3.0, 2.5));
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_lines() {
        let line = [(1.0, 5.0), (5.0, 5.0), (5.0, 15.0), (8.0, 15.0), (8.0, 5.0)];
        let parts = vec![vec![(1.0, 5.0), (5.0, 5.0), (5.0, 10.0)], vec![(8.0, 10.0), (8.0, 5.0)]];
        assert_eq!(polyline(&line, &BOX), parts);
    }

    #[test]
    fn a_line_across_is_cut_at_both_ends() {
        assert_eq!(polyline(&[(-5.0, 5.0), (15.0, 5.0)], &BOX), vec![vec![(0.0, 5.0), (10.0, 5.0)]]);
        assert!(polyline(&[(-5.0, 11.0), (15.0, 11.0)], &BOX).is_empty());
        assert!(polyline(&[(-1.0, 8.0), (1.0, 14.0)], &BOX).is_empty());
    }

    #[test]
    fn an_area_is_cut_to_the_box() {
        let area = [(-5.0, 2.0), (15.0, 2.0), (15.0, 8.0), (-5.0, 8.0)];
        let cut = polygon(&area, &BOX);
        assert_eq!(cut.len(), 4);
        assert!(cut.iter().all(|&p| BOX.holds(p)));
        assert!(polygon(&[(20.0, 2.0), (30.0, 2.0), (30.0, 8.0)], &BOX).is_empty());
    }
}
