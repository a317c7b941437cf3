package ogg

// crcTable is for the sum of pages: the polynomial 0x04c11db7, most significant bit first, which hash/crc32 does not
// have.
var crcTable = makeCRCTable()

func makeCRCTable() (table [256]uint32) {
	for i := range table {
		sum := uint32(i) << 24
		for range 8 {
			carry := sum&(1<<31) != 0
			sum <<= 1
			if carry {
				sum ^= 0x04c11db7
			}
		}
		table[i] = sum
	}
	return table
}

// crc continues a sum over more bytes.
func crc(sum uint32, data []byte) uint32 {
	for _, b := range data {
		sum = sum<<8 ^ crcTable[byte(sum>>24)^b]
	}
	return sum
}
