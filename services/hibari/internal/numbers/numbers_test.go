package numbers

import (
	"strings"
	"testing"
)

func TestReadings(t *testing.T) {
	for _, c := range []struct {
		name string
		read func(string) string
		in   string
		want string
	}{
		{"cardinal", Cardinal, "0", "zero"},
		{"cardinal", Cardinal, "000", "zero"},
		{"cardinal", Cardinal, "7", "seven"},
		{"cardinal", Cardinal, "13", "thirteen"},
		{"cardinal", Cardinal, "20", "twenty"},
		{"cardinal", Cardinal, "21", "twenty one"},
		{"cardinal", Cardinal, "100", "one hundred"},
		{"cardinal", Cardinal, "205", "two hundred five"},
		{"cardinal", Cardinal, "1250", "one thousand two hundred fifty"},
		{"cardinal", Cardinal, "1,250", "one thousand two hundred fifty"},
		{"cardinal", Cardinal, "10001", "ten thousand one"},
		{"cardinal", Cardinal, "1000000", "one million"},
		{"cardinal", Cardinal, "2003004", "two million three thousand four"},
		{"cardinal", Cardinal, "999999999999999999999", "nine hundred ninety nine quintillion nine hundred ninety nine quadrillion nine hundred ninety nine trillion nine hundred ninety nine billion nine hundred ninety nine million nine hundred ninety nine thousand nine hundred ninety nine"},
		{"cardinal", Cardinal, "1234567890123456789012", "one two three four five six seven eight nine zero one two three four five six seven eight nine zero one two"},
		{"digits", Digits, "0420", "zero four two zero"},
		{"decimal", Decimal, "3.14", "three point one four"},
		{"decimal", Decimal, ".5", "point five"},
		{"decimal", Decimal, "2.50", "two point five zero"},
		{"decimal", Decimal, "12.", "twelve"},
		{"decimal", Decimal, ".", "zero"},
		{"ordinal", Ordinal, "1", "first"},
		{"ordinal", Ordinal, "2", "second"},
		{"ordinal", Ordinal, "3", "third"},
		{"ordinal", Ordinal, "5", "fifth"},
		{"ordinal", Ordinal, "8", "eighth"},
		{"ordinal", Ordinal, "12", "twelfth"},
		{"ordinal", Ordinal, "20", "twentieth"},
		{"ordinal", Ordinal, "23", "twenty third"},
		{"ordinal", Ordinal, "101", "one hundred first"},
		{"ordinal", Ordinal, "1000", "one thousandth"},
		{"name", Name, "52", "fifty two"},
		{"name", Name, "300", "three hundred"},
		{"name", Name, "305", "three oh five"},
		{"name", Name, "320", "three twenty"},
		{"name", Name, "007", "zero zero seven"},
		{"name", Name, "4021", "four zero two one"},
		{"name", Name, "", "zero"},
		{"year", Year, "1984", "nineteen eighty four"},
		{"year", Year, "1905", "nineteen oh five"},
		{"year", Year, "1900", "nineteen hundred"},
		{"year", Year, "2000", "two thousand"},
		{"year", Year, "2005", "two thousand five"},
		{"year", Year, "2024", "twenty twenty four"},
		{"year", Year, "2100", "twenty one hundred"},
		{"year", Year, "1066", "ten sixty six"},
		{"year", Year, "0042", "forty two"},
		{"year", Year, "300", "three hundred"},
	} {
		if got := c.read(c.in); got != c.want {
			t.Errorf("%s(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func FuzzReadings(f *testing.F) {
	for _, s := range []string{"", "0", "12", "1,000.5", "99999999999999999999999", "..", "-4", "1.2.3", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func(string) string{Cardinal, Digits, Decimal, Ordinal, Year, Name} {
			if words := read(s); strings.Trim(words, "abcdefghijklmnopqrstuvwxyz ") != "" {
				t.Errorf("%q was read as %q", s, words)
			}
		}
	})
}
