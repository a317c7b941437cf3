package spoken

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// flat joins what is to be said; " / " stands between sentences.
func flat(sentences []Sentence) string {
	var out []string
	for _, s := range sentences {
		var words []string
		for _, w := range s {
			if t := w.Lead + w.Core + w.Trail; t != "" {
				words = append(words, t)
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, " / ")
}

func TestSentences(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \n\t ", ""},
		{"...", ""},
		{"Hello there.", "Hello there."},
		{"Hello there. How are you?", "Hello there. / How are you?"},
		{"“Yes,” she said.", "“Yes,” she said."},
		{"Wait… what?", "Wait… what?"},

		// times
		{"at 7:05", "at seven oh five"},
		{"at 7:30 pm.", "at seven thirty P.M."},
		{"at 7:30 p.m. today", "at seven thirty P.M today"},
		{"at 7:30 p.m. Come early.", "at seven thirty P.M. / Come early."},
		{"at 7 p.m. on Monday", "at seven P.M on Monday"},
		{"at 7 p.m. Monday", "at seven P.M Monday"},
		{"7PM", "seven P.M"},
		{"12:00 AM", "twelve A.M"},
		{"at 9:00", "at nine o'clock"},
		{"at 9:00 o'clock", "at nine o'clock"},
		{"14:00", "fourteen hundred"},
		{"23:59:01", "twenty three fifty nine and one second"},
		{"9am-5pm", "nine A.M to five P.M"},
		{"9–5 pm", "9 to 5 P.M"},
		{"9:00-17:30", "nine o'clock to seventeen thirty"},
		{"10:00 a.m.–2:00 p.m. daily", "ten A.M to two P.M daily"},
		{"from 9:00 AM - 5:30 PM.", "from nine A.M to five thirty P.M."},
		{"7:30-8:30 pm", "seven thirty to eight thirty P.M"},
		{"Mon-Fri 9-5", "Monday to Friday 9 to 5"},
		{"Sat–Sun, Jan-Mar", "Saturday to Sunday, January to March"},
		{"25:61", "25 to 61"},
		{"I am here", "I am here"},

		// dates
		{"2024-03-05", "March fifth, 2024"},
		{"2024-03-05T14:30:00Z", "March fifth, 2024 at fourteen thirty"},
		{"2024-13-05", "2024-13-05"},
		{"on 3/5/2024.", "on March fifth, 2024."},
		{"25/12/99", "December twenty fifth, 1999"},
		{"March 3, 2024, was", "March third, 2024, was"},
		{"on Mar. 3rd at noon", "on March third at noon"},
		{"May 5", "May fifth"},
		{"Oct 5–7.", "October fifth to seventh."},
		{"it may 5 times", "it may 5 times"},
		{"March 2024", "March 2024"},
		{"3 March 2024", "the third of March 2024"},
		{"the 3rd of March", "the third of March"},
		{"on Tues. 5 May", "on Tuesday the fifth of May"},
		{"March 45", "March 45"},
		{"Closed on 12/25.", "Closed on December twenty fifth."},
		{"the '90s", "the nineties"},
		{"2019–2021", "2019 to 2021"},

		// money
		{"$3.50", "3 dollars and 50 cents"},
		{"$1", "1 dollar"},
		{"$1.01", "1 dollar and 1 cent"},
		{"$0.99!", "99 cents!"},
		{"$1250", "1,250 dollars"},
		{"$1,250.00", "1,250 dollars"},
		{"$2.5 million", "2.5 million dollars"},
		{"$5k", "5 thousand dollars"},
		{"$5-$10", "5 to 10 dollars"},
		{"$1-2 million", "1 to 2 million dollars"},
		{"$5/month", "5 dollars per month"},
		{"$9.99/mo.", "9 dollars and 99 cents per month."},
		{"-$5", "minus 5 dollars"},
		{"£3.50", "3 pounds and 50 pence"},
		{"€3,50", "3 euros and 50 cents"},
		{"20€", "20 euros"},
		{"20 USD", "20 dollars"},
		{"USD 20", "20 dollars"},
		{"¥500", "500 yen"},
		{"50¢", "50 cents"},
		{"$1.234", "1.234 dollars"},

		// quantities
		{"5 km away", "5 kilometers away"},
		{"1 km", "1 kilometer"},
		{"60mph", "60 miles per hour"},
		{"10-15 min.", "10 to 15 minutes."},
		{"5 ft. tall", "5 feet tall"},
		{"20°C", "20 degrees Celsius"},
		{"-5 °F", "minus 5 degrees Fahrenheit"},
		{"50/50", "50 50"},
		{"He is 6'2\" tall.", "He is 6 foot 2 tall."},
		{"20 m or 500g", "20 meters or 500 grams"},
		{"12 W. 34th St. in town", "12 West 34th Street in town"},
		{"5 x 3 = 15", "5 times 3 equals 15"},
		{"50%", "50 percent"},
		{"5-10%", "5 to 10 percent"},
		{"+3.5%", "plus 3.5 percent"},
		{"3-5 days", "3 to 5 days"},
		{"3 - 5 days", "3 to 5 days"},
		{"16:9", "16 to 9"},
		{"1/2", "one half"},
		{"3/4 cup", "three quarters cup"},
		{"2 1/2 cups", "2 and a half cups"},
		{"2½ cups", "2 and a half cups"},
		{"24/7", "24 7"},
		{"12/0", "12 over 0"},
		{"-5", "minus 5"},
		{"1,250 people", "1,250 people"},
		{"version 1.26.3", "version 1 point 26 point 3"},
		{"v2.1", "version 2 point 1"},
		{"3*4=12", "3 times 4 equals 12"},
		{"100 sq ft", "100 square feet"},

		// digits one by one
		{"555-0199", "five five five, zero one nine nine"},
		{"(555) 123-4567.", "five five five, one two three, four five six seven."},
		{"Call +1 555 123 4567, please", "Call plus one, five five five, one two three, four five six seven, please"},
		{"1-800-555-0199", "one, eight zero zero, five five five, zero one nine nine"},
		{"020 7946 0958", "zero two zero, seven nine four six, zero nine five eight"},
		{"+4915112345678", "plus four nine one, five one one, two three four, five six seven eight"},
		{"555.123.4567", "five five five, one two three, four five six seven"},
		{"192.168.1.1", "192 point 168 point 1 point 1"},
		{"Your code is 4821.", "Your code is four eight two one."},
		{"order number 48213", "order number four eight two, one three"},
		{"account ending in 0042", "account ending in zero zero four two"},
		{"room 1204", "room 1204"},
		{"Room 305 is on flight 271.", "Room three oh five is on flight two seventy one."},
		{"room number 305", "room number 305"},
		{"007", "zero zero seven"},
		{"48213977", "four eight two, one three nine, seven seven"},

		// abbreviations
		{"Dr. Smith is in.", "Doctor Smith is in."},
		{"Mr. and Mrs. Jones", "Mister and Mrs Jones"},
		{"12 Main St. is closed", "12 Main Street is closed"},
		{"at 12 Main St, Springfield", "at 12 Main Street, Springfield"},
		{"St. Paul", "Saint Paul"},
		{"e.g. tea", "for example tea"},
		{"tea, cake, etc.", "tea, cake, etc."},
		{"approx. 5", "approximately 5"},
		{"No. 5", "number 5"},
		{"No. I said no.", "No. / I said no."},
		{"J. K. Rowling wrote it.", "J K Rowling wrote it."},
		{"The U.S. is big.", "The U.S is big."},
		{"Plan B. Then C.", "Plan B Then C."},
		{"Henry VIII and World War II", "Henry the eighth and World War 2"},
		{"Louis I", "Louis I"},
		{"We met at 5 min. It ended.", "We met at 5 minutes. / It ended."},

		// the web and signs
		{"https://www.example.com/menu/today?x=1#a", "example dot com slash menu slash today"},
		{"Visit parley.io.", "Visit parley dot I.O."},
		{"jo.smith42@example.co.uk", "jo dot smith42 at example dot co dot U.K"},
		{"see [our menu](https://x.com/y)", "see [our menu"},
		{"C# and F#", "C sharp and F sharp"},
		{"R&D @home", "R and D at home"},
		{"#5 #go_lang", "number 5 hashtag go lang"},
		{"**Bold** and `code` and _this_", "Bold and code and this"},
		{"Hi 😀 there 👍🏽!", "Hi there !"},
		{"🎉", ""},
		{"Thanks :) see you ;-)", "Thanks see you"},
		{"Order #A-102", "Order number A-102"},
		{"he/she", "he she"},
		{"e.g.", "for example."},
		{"A - B", "A — B"},
		{"- tea\n- cake", "tea. / cake"},
		{"# Menu\n1. Tea\n2. Cake", "Menu. / 1, Tea. / 2, Cake"},
		{"-----", ""},
		{"file.go", "file.go"},
		{"٣ cups", "3 cups"},
		{"\xff\xfe ok", "ok"},
	} {
		if got := flat(Sentences(c.in)); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestWordsKnowTheirPlace(t *testing.T) {
	const text = "Pay  $2.5 million by March 3rd, 2024 😀."
	var got []string
	for _, s := range Sentences(text) {
		for _, w := range s {
			got = append(got, text[w.From:w.To])
		}
	}
	want := []string{"Pay", "$2.5 million", "by", "March 3rd, 2024", "😀."}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"Hello.", "at 7:30 p.m. on 3/5/2024", "$2.5 million", "+1 (555) 123-4567", "a@b.co", "** -- #",
		"- 1. x\n2) y", "½ 24/7 '90s 5-10% 3 - 5", "Dr. No. 5 St.", "\xff\x00é̈", "https://x.io/a/b?c", "°C 5 °F"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, s := range Sentences(text) {
			for _, w := range s {
				if w.From < last || w.To <= w.From || w.To > len(text) {
					t.Fatalf("%q: word %+v is out of place", text, w)
				}
				last = w.To
				if !utf8.ValidString(w.Lead + w.Core + w.Trail) {
					t.Fatalf("%q: word %+v is not valid UTF-8", text, w)
				}
			}
		}
	})
}

func BenchmarkSentences(b *testing.B) {
	for b.Loop() {
		Sentences("Your table for 4 is booked on March 3rd at 7:30 pm, and the deposit is $25.50.")
	}
}

func TestEndlessTextsTakeNoTime(t *testing.T) {
	for _, text := range []string{strings.Repeat("1-", 20000), strings.Repeat("1 ", 20000), strings.Repeat("a.m.-2 ", 5000),
		strings.Repeat("(", 40000), strings.Repeat("$1 ", 10000), strings.Repeat("No. ", 10000), strings.Repeat("½", 20000)} {
		start := time.Now() // generous: a busy machine is slow, a quadratic rule takes for ever
		Sentences(text)
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%.10s... took %v", text, d)
		}
	}
}
