package audio

import "math/bits"

// G.711 is the codec of the telephone network: 8 bits a sample, 8000 samples a second, in two laws: mu-law in North
// America and Japan (PCMU), A-law elsewhere (PCMA). A sample is a sign, one of eight segments, each
// twice as wide as the one below, and one of 16 steps within it (ITU-T G.711, tables 1 and 2).

// muLawBias makes all segments of mu-law begin at powers of two.
const muLawBias = 33

// EncodeMuLaw appends the mu-law bytes of samples to dst and returns the longer slice.
func EncodeMuLaw(dst []byte, src []int16) []byte {
	for _, s := range src {
		sign := byte(0x80)
		if s < 0 {
			sign, s = 0, ^s
		}
		v := min(uint(s)>>2+muLawBias, 0x1fff) // 14 bits, without sign 13
		segment := bits.Len(v) - 6
		dst = append(dst, sign|^byte(segment<<4|int(v>>(segment+1)&0xf))&0x7f)
	}
	return dst
}

// EncodeALaw appends the A-law bytes of samples to dst and returns the longer slice.
func EncodeALaw(dst []byte, src []int16) []byte {
	for _, s := range src {
		sign := byte(0x80)
		if s < 0 {
			sign, s = 0, ^s
		}
		v := uint(s) >> 4 // 13 bits, without sign and with the halves of the smallest steps dropped
		code := byte(v)   // the two lowest segments have equal steps
		if segment := bits.Len(v) - 4; segment > 1 {
			code = byte(segment<<4 | int(v>>(segment-1)&0xf))
		}
		dst = append(dst, (sign|code)^0x55) // even bits are inverted on the line
	}
	return dst
}

// DecodeMuLaw appends the samples of mu-law bytes to dst and returns the longer slice.
func DecodeMuLaw(dst []int16, src []byte) []int16 {
	for _, b := range src {
		dst = append(dst, muLaw[b])
	}
	return dst
}

// DecodeALaw appends the samples of A-law bytes to dst and returns the longer slice.
func DecodeALaw(dst []int16, src []byte) []int16 {
	for _, b := range src {
		dst = append(dst, aLaw[b])
	}
	return dst
}
