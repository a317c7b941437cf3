// Package fft is a Fourier transform of real float32 signals of one size, 1200: the frame of the hibari vocoder.
//
// General packages transform in complex128 and for every size; speech does not need that precision, and half of
// the time to the first audio would go into it. A real frame of 1200 is transformed as 600 complex numbers in
// five Stockham passes (radix 4, 5, 5, 3 and 2), with real and imaginary parts in arrays of their own, because
// the compiler computes complex64 products in float64.
package fft
