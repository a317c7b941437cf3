package numbers

import "strings"

// Year reads a year of four digits in two halves, "1984" as "nineteen eighty four", "1905" as "nineteen oh five";
// 2000 to 2009 and round thousands as a number. Anything but four digits is read as a number.
func Year(digits string) string {
	if len(digits) != 4 || onlyDigits(digits) != digits {
		return Cardinal(digits)
	}
	high, low := int(number(digits[:2])), int(number(digits[2:]))
	if high == 0 || high%10 == 0 && low < 10 {
		return Cardinal(digits)
	}
	words := appendBelow100(nil, high)
	switch {
	case low == 0:
		words = append(words, "hundred")
	case low < 10:
		words = append(words, "oh", small[low])
	default:
		words = appendBelow100(words, low)
	}
	return strings.Join(words, " ")
}
