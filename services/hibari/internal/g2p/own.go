package g2p

// names are words of today that neither dictionary has, and that an agent says often.
var names = map[string]string{
	"chatgpt":  "ʧˌæt ʤˌipˌitˈi",
	"etc":      "ɛtsˈɛTəɹə",
	"iphone":   "ˈIfˌOn",
	"json":     "ʤˈAsən",
	"ms":       "mˈɪz",
	"parley":   "pˈɑɹli",
	"sms":      "ˌɛsˌɛmˈɛs",
	"whatsapp": "wˈʌtsˌæp",
	"wi-fi":    "wˈIfˌI",
	"wifi":     "wˈIfˌI",
}
