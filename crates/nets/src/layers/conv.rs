//! Convolution of images, as a matrix product over unrolled patches (im2col).
//!
//! A batch of images is a value of batch · height · width rows (NHWC: row by row, image by image) and a column per channel.

use curves::vector::vector;

use crate::product::{Mat, matmul};
use crate::{Init, Params, Pass, Real, Tensor, Var, kernels};

/// The shape of a batch of images: the rows of a value are `batch · height · width`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Images.
    pub batch: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
}

impl Images {
    /// Rows of a value of this shape.
    pub fn rows(&self) -> usize {
        self.batch * self.height * self.width
    }
}

/// A square convolution without bias (a norm follows), weight outs × (size · size · ins).
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// outs × (size · size · ins): row by row of the patch, channels innermost.
    pub weight: Tensor,
    size: usize,
    stride: usize,
    ins: usize,
}

/// Images whose share of the gradient of the weights is summed at once. Sums depend on it to the last bit.
const IMAGES: usize = 2;

/// Numbers that patches are unrolled to at once: few enough to stay in the cache, enough that the weights are packed seldom.
const UNROLLED: usize = 1 << 17;

impl Conv {
    /// `size × size` with zeros around, so that stride 1 keeps the shape of an odd size; begins as He et al. (2015).
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, ins: usize, outs: usize, size: usize, stride: usize) -> Self {
        let inputs = size * size * ins;
        Self { weight: params.add(&format!("{name}.weight"), outs, inputs, Init::kaiming(inputs)), size, stride: stride.max(1), ins }
    }

    /// The shape of what comes out.
    pub fn shape(&self, images: Images) -> Images {
        let out = |n: usize| (n + 2 * (self.size / 2)).saturating_sub(self.size) / self.stride + 1;
        Images { batch: images.batch, height: out(images.height), width: out(images.width) }
    }

    /// Calls `f(row of the output within its image, place in the patch, row of the input within its image, pixels)` for every run of
    /// neighbouring pixels of a patch that lie inside.
    #[inline(always)]
    fn runs(&self, from: Images, to: Images, mut f: impl FnMut(usize, usize, usize, usize)) {
        let pad = self.size / 2;
        for oy in 0..to.height {
            for ky in 0..self.size {
                let y = oy * self.stride + ky;
                if y < pad || y - pad >= from.height {
                    continue;
                }
                for ox in 0..to.width {
                    let x = ox * self.stride;
                    let (first, end) = (pad.saturating_sub(x), self.size.min((from.width + pad).saturating_sub(x)));
                    if first < end {
                        f(oy * to.width + ox, (ky * self.size + first) * self.ins, (y - pad) * from.width + x + first - pad, end - first);
                    }
                }
            }
        }
    }

    /// Unrolls the patches of `n` images into `cols`, whose padding is zero already.
    fn unroll<T: Real>(&self, x: &[T], cols: &mut [T], n: usize, from: Images, to: Images) {
        let (c, k) = (self.ins, self.weight.cols);
        let (in_image, out_image) = (from.height * from.width * c, to.height * to.width * k);
        let images = x.chunks_exact(in_image.max(1)).zip(cols.chunks_exact_mut(out_image.max(1))).take(n);
        // A run of one channel is three numbers, of which there are hundreds of thousands: a loop without calls.
        if (c, self.size) == (1, 3) {
            images.for_each(|(x, cols)| self.unroll_threes(x, cols, from, to));
            return;
        }
        for (x, cols) in images {
            self.runs(from, to, |row, place, pixel, n| cols[row * k + place..][..n * c].copy_from_slice(&x[pixel * c..][..n * c]));
        }
    }

    /// [`Conv::unroll`] of one image of one channel, 3 × 3.
    fn unroll_threes<T: Real>(&self, x: &[T], cols: &mut [T], from: Images, to: Images) {
        // Places whose three pixels lie inside, and the few at the sides.
        let inside = 1..((from.width.saturating_sub(2)) / self.stride + 1).min(to.width);
        for (oy, rows) in cols.chunks_exact_mut(9 * to.width).enumerate() {
            for ky in 0..3 {
                let Some(line) = (oy * self.stride + ky).checked_sub(1).and_then(|y| x.get(y * from.width..(y + 1) * from.width)) else { continue };
                let (patches, _) = rows.as_chunks_mut::<9>();
                for (ox, patch) in patches.iter_mut().enumerate() {
                    let x = ox * self.stride;
                    if inside.contains(&ox) {
                        patch[3 * ky..3 * ky + 3].copy_from_slice(&line[x - 1..x + 2]);
                    } else {
                        for (kx, to) in patch[3 * ky..3 * ky + 3].iter_mut().enumerate() {
                            if let Some(v) = (x + kx).checked_sub(1).and_then(|at| line.get(at)) {
                                *to = *v;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Images of `ins` channels → images of `outs` channels, of [`Conv::shape`].
    ///
    /// # Panics
    ///
    /// A value that is not of the shape `images`: a mistake of the code that builds the network.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var, images: Images) -> Var {
        assert_eq!((x.rows, x.cols), (images.rows(), self.ins), "images of {} channels", self.ins);
        let conv = *self;
        let to = conv.shape(images);
        let (outs, k, c) = (conv.weight.rows, conv.weight.cols, conv.ins);
        let (in_image, out_image) = (images.height * images.width, to.height * to.width);
        let at_once = (UNROLLED / (out_image * k).max(1) / IMAGES).max(1) * IMAGES;
        let w = &pass.weights()[conv.weight.range()];
        let mut out = pass.take(to.rows() * outs);
        // Padding is written once: the places that unrolling fills are the same for every block.
        let mut cols = pass.zeros(at_once * out_image * k);
        let seen = pass.value(x);
        for (x, y) in seen.chunks(at_once * in_image * c).zip(out.chunks_mut(at_once * out_image * outs)) {
            let n = x.len() / (in_image * c);
            conv.unroll(x, &mut cols, n, images, to);
            matmul(y, outs, false, Mat::new(&cols, n * out_image, k), Mat::new(w, outs, k).t(), T::ONE);
        }
        pass.free(cols);
        let learns = pass.records();
        let y = pass.push(out, to.rows(), outs, learns);
        pass.record(y, move |flow, dy| {
            let seen = flow.value(x);
            let mut cols = flow.zeros(at_once * out_image * k);
            let mut d_cols = flow.take(if x.learns { at_once * out_image * k } else { 0 });
            let mut dx = flow.take(if x.learns { x.len() } else { 0 });
            for (block, (x_block, dy_block)) in seen.chunks(at_once * in_image * c).zip(dy.chunks(at_once * out_image * outs)).enumerate() {
                let n = x_block.len() / (in_image * c);
                conv.unroll(x_block, &mut cols, n, images, to);
                for (dy, cols) in dy_block.chunks(IMAGES * out_image * outs).zip(cols.chunks(IMAGES * out_image * k)) {
                    let rows = dy.len() / outs;
                    matmul(flow.weight_grad(conv.weight), k, true, Mat::new(dy, rows, outs).t(), Mat::new(cols, rows, k), T::ONE);
                }
                if x.learns {
                    let d = Mat::new(dy_block, n * out_image, outs);
                    matmul(&mut d_cols, k, false, d, Mat::new(&flow.weights()[conv.weight.range()], outs, k), T::ONE);
                    let dx = &mut dx[block * at_once * in_image * c..][..n * in_image * c];
                    dx.fill(T::ZERO);
                    vector(
                        flow.arch(),
                        #[inline(always)]
                        || {
                            for image in 0..n {
                                let from = &d_cols[image * out_image * k..][..out_image * k];
                                let to_image = &mut dx[image * in_image * c..][..in_image * c];
                                conv.runs(images, to, |row, place, pixel, n| {
                                    kernels::add(&mut to_image[pixel * c..][..n * c], &from[row * k + place..][..n * c])
                                });
                            }
                        },
                    );
                }
            }
            if x.learns {
                flow.give(x, dx);
            }
            [cols, d_cols, dy].into_iter().for_each(|buffer| flow.free(buffer));
        });
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};
    use crate::{Arena, Mode};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn gradients_are_those_of_differences() {
        // Three images: a whole block and a half one.
        for (size, stride) in [(3, 1), (3, 2), (1, 1), (2, 2)] {
            check(
                |params| Conv::new(params, "c", 2, 3, size, stride),
                |layer, pass| {
                    let images = Images { batch: 3, height: 4, width: 3 };
                    let x = pass.leaf(&sample(images.rows() * 2), images.rows(), 2);
                    (layer.forward(pass, x, images), vec![x])
                },
            );
        }
    }

    #[test]
    fn a_kernel_of_ones_sums_its_neighbours() {
        let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
        let layer = Conv::new(&mut params, "c", 1, 1, 3, 1);
        params.values.fill(1.0);
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
        let images = Images { batch: 1, height: 2, width: 3 };
        let x = pass.input(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 6, 1);
        let y = layer.forward(&mut pass, x, images);
        assert_eq!(pass.value(y), [12.0, 21.0, 16.0, 12.0, 21.0, 16.0]);
        assert_eq!(Conv { stride: 2, ..layer }.shape(Images { batch: 1, height: 28, width: 28 }), Images { batch: 1, height: 14, width: 14 });
    }

    #[test]
    fn images_of_a_batch_are_those_alone_and_their_gradients_too() {
        // More images than are unrolled at once, and an odd one at the end.
        let (count, side) = (37, 12);
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(2));
        let layer = Conv::new(&mut params, "c", 8, 5, 3, 1);
        assert!((count - 1) * side * side * layer.weight.cols > UNROLLED);
        let data = sample::<f32>(count * side * side * 8);
        let mut arena = Arena::new();
        let mut run = |data: &[f32], batch: usize| {
            let mut gradient = vec![0.0; params.values.len()];
            let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
            let images = Images { batch, height: side, width: side };
            let x = pass.leaf(data, images.rows(), 8);
            let y = layer.forward(&mut pass, x, images);
            let made = pass.value(y).to_vec();
            let loss = pass.mean(y);
            let dx = pass.backward_to(loss, &mut gradient, &[x]).remove(0);
            (made, dx)
        };
        let (all, dx) = run(&data, count);
        let (pixels, outs) = (side * side * 8, side * side * 5);
        for k in [0, 1, 17, 36] {
            let (one, d_one) = run(&data[k * pixels..][..pixels], 1);
            assert_eq!(one, &all[k * outs..][..outs], "image {k}");
            // The mean is over fewer numbers.
            for (a, b) in d_one.iter().zip(&dx[k * pixels..][..pixels]) {
                assert!((a / count as f32 - b).abs() <= 1e-6 * b.abs() + 1e-9, "image {k}: {a} {b}");
            }
        }
    }

    #[test]
    fn a_convolution_is_its_sum() {
        for (ins, size) in [(1, 3), (2, 3), (1, 5)] {
            for stride in 1..=3 {
                for (height, width) in [(1, 1), (2, 3), (3, 2), (5, 4), (4, 7)] {
                    let mut params = Params::<f64>::new(Pcg64::seed_from_u64(3));
                    let layer = Conv::new(&mut params, "c", ins, 1, size, stride);
                    let w = params.values.clone();
                    let mut arena = Arena::new();
                    let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
                    let images = Images { batch: 2, height, width };
                    let data = sample::<f64>(images.rows() * ins);
                    let x = pass.input(&data, images.rows(), ins);
                    let y = layer.forward(&mut pass, x, images);
                    let to = layer.shape(images);
                    let pad = size / 2;
                    for (row, have) in pass.value(y).iter().enumerate() {
                        let (image, oy, ox) = (row / (to.height * to.width), row / to.width % to.height, row % to.width);
                        let mut want = 0.0;
                        for (at, w) in w.iter().enumerate() {
                            let (ky, kx, c) = (at / (size * ins), at / ins % size, at % ins);
                            let (y, x) = (oy * stride + ky, ox * stride + kx);
                            if (pad..height + pad).contains(&y) && (pad..width + pad).contains(&x) {
                                want += w * data[((image * height + y - pad) * width + x - pad) * ins + c];
                            }
                        }
                        assert!((have - want).abs() < 1e-12, "{ins} channels, {size} × {size}, stride {stride}, {height} × {width}: {have}, {want}");
                    }
                }
            }
        }
    }
}
