// Package spoken writes text the way it is read aloud: "$3.50 at 7:05 pm" becomes "3 dollars and 50 cents at
// seven oh five P.M".
//
// Text is cut at spaces into items, and rules look at the items from left to right: times, dates, money, units,
// phone numbers, abbreviations, addresses of the web, symbols. A rule may join several items, as in "March 3rd, 2024".
// Plain numbers stay digits: how they are read depends on the word they stand in, and a later step does that. Emoji
// and the marks of Markdown are dropped.
//
// Every word of the result remembers which bytes of the text it says, so that who plays the audio knows what was heard.
package spoken
