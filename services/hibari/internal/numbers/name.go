package numbers

// Name reads digits that name something, such as a room or a model: "305" is "three oh five", "320" is "three twenty",
// "52" is "fifty two". Those with a zero in front, or more than three, are read one by one.
func Name(digits string) string {
	digits = onlyDigits(digits)
	switch {
	case digits == "":
		return small[0]
	case digits[0] == '0' || len(digits) > 3:
		return Digits(digits)
	case len(digits) < 3 || digits[1:] == "00":
		return Cardinal(digits)
	case digits[1] == '0':
		return Digits(digits[:1]) + " oh " + Digits(digits[2:])
	}
	return Digits(digits[:1]) + " " + Cardinal(digits[1:])
}
