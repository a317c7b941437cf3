package numbers

import "strings"

var (
	small = [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
		"eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tens   = [...]string{2: "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	scales = [...]string{"", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"}
)

// longest is how many digits have names: three for each scale. Longer numbers are read digit by digit.
const longest = 3 * len(scales)

// Cardinal reads a whole number: "1250" is "one thousand two hundred fifty". What is not made of digits is left out.
func Cardinal(digits string) string {
	digits = strings.TrimLeft(onlyDigits(digits), "0")
	if digits == "" {
		return small[0]
	}
	if len(digits) > longest {
		return Digits(digits)
	}
	var words []string
	for rest := len(digits); rest > 0; {
		n := (rest-1)%3 + 1
		group := digits[len(digits)-rest:][:n]
		rest -= n
		if value := int(number(group)); value > 0 {
			words = appendBelow1000(words, value)
			if rest > 0 {
				words = append(words, scales[rest/3])
			}
		}
	}
	return strings.Join(words, " ")
}

// Digits reads digit by digit: "042" is "zero four two".
func Digits(digits string) string {
	var words []string
	for _, d := range onlyDigits(digits) {
		words = append(words, small[d-'0'])
	}
	return strings.Join(words, " ")
}

// Decimal reads a number with a point: "3.14" is "three point one four". It drops no zeros: "2.50" is a length or a
// version, and who writes the zero means it.
func Decimal(s string) string {
	whole, fraction, found := strings.Cut(s, ".")
	words := Cardinal(whole)
	if onlyDigits(whole) == "" { // ".5"
		words = ""
	}
	if found && onlyDigits(fraction) != "" {
		words = strings.TrimSpace(words + " point " + Digits(fraction))
	}
	if words == "" {
		return small[0]
	}
	return words
}

func appendBelow1000(words []string, n int) []string {
	if n >= 100 {
		words = append(words, small[n/100], "hundred")
		n %= 100
	}
	return appendBelow100(words, n)
}

func appendBelow100(words []string, n int) []string {
	switch {
	case n == 0:
		return words
	case n < 20:
		return append(words, small[n])
	case n%10 == 0:
		return append(words, tens[n/10])
	}
	return append(words, tens[n/10], small[n%10])
}

// number is the value of at most 18 digits.
func number(digits string) int64 {
	var n int64
	for _, d := range digits {
		n = n*10 + int64(d-'0')
	}
	return n
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
