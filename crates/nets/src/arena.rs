//! Buffers that are used again: a step after the first allocates none.

use crate::Real;

/// Free buffers by size, in powers of two.
#[derive(Debug, Default)]
pub struct Arena<T> {
    free: Vec<Vec<Vec<T>>>,
}

impl<T: Real> Arena<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self { free: Vec::new() }
    }

    fn class(n: usize) -> usize {
        n.max(1).next_power_of_two().trailing_zeros() as usize
    }

    /// A buffer of `n` numbers whose values are left from an earlier use.
    pub fn take(&mut self, n: usize) -> Vec<T> {
        let class = Self::class(n);
        let mut buffer = self.free.get_mut(class).and_then(Vec::pop).unwrap_or_else(|| Vec::with_capacity(1 << class));
        buffer.resize(n, T::ZERO);
        buffer
    }

    /// A buffer of `n` zeros.
    pub fn zeros(&mut self, n: usize) -> Vec<T> {
        let mut buffer = self.take(n);
        buffer.fill(T::ZERO);
        buffer
    }

    /// A buffer with these values.
    pub fn copy(&mut self, of: &[T]) -> Vec<T> {
        let mut buffer = self.take(of.len());
        buffer.copy_from_slice(of);
        buffer
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Vec<T>) {
        if buffer.capacity() == 0 {
            return;
        }
        // A buffer serves every size up to its capacity, so it is filed under the largest power of two within.
        let class = usize::BITS as usize - 1 - buffer.capacity().leading_zeros() as usize;
        if self.free.len() <= class {
            self.free.resize_with(class + 1, Vec::new);
        }
        self.free[class].push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;

    #[test]
    fn a_buffer_is_used_again_by_all_that_fits() {
        let mut arena = Arena::<f32>::new();
        let first = arena.take(100);
        let place = first.as_ptr();
        arena.give(first);
        let second = arena.zeros(70);
        assert_eq!((second.as_ptr(), second.len()), (place, 70));
        arena.give(second);
        let larger = arena.take(200);
        assert_ne!(larger.as_ptr(), place);
    }
}
