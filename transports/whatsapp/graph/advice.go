package graph

// Advice says what to do about the error, in one sentence; "" if nothing better is known than what Meta says.
func (e *Error) Advice() string {
	if a, ok := advice(e.Code); ok && (e.Code != 0 || e.JSON) {
		return a
	}
	switch {
	case e.Code >= 200 && e.Code <= 299:
		return "grant the app the permission whatsapp_business_messaging"
	case e.HTTPStatus == 401:
		return "the access token was refused; set a new one"
	case e.HTTPStatus == 404:
		return "check the base URL, its version, and the phone number id"
	case e.HTTPStatus >= 500 && !e.JSON:
		return "the server in front of the Graph API has trouble; check the base URL if it lasts"
	}
	return ""
}

// advice knows the codes of Meta's error tables that somebody who runs a bot can do something about.
func advice(code int) (string, bool) {
	switch code {
	case 0, 190:
		return "the access token is invalid or expired; set a new one", true
	case 3, 10:
		return "grant the app the permission whatsapp_business_messaging", true
	case 4, 80007, 130429:
		return "too many requests; send fewer, or ask Meta for more throughput", true
	case 33:
		return "check the phone number id and that the token may use it", true
	case 100:
		return "a parameter is wrong; the details name it", true
	case 368, 131031:
		return "the account is blocked for a violation of policy; see the Business Support page", true
	case 130497:
		return "the account may not write to this country", true
	case 131005:
		return "the token lacks a permission for this number", true
	case 131021:
		return "a number cannot write to itself", true
	case 131026:
		return "the user cannot receive it: not on WhatsApp, an old app, or terms not accepted", true
	case 131030:
		return "a test number writes only to listed recipients; add the user in the app's settings", true
	case 131037:
		return "the display name of the number is not approved yet", true
	case 131042, 131044:
		return "add a valid payment method to the account", true
	case 131045:
		return "register the phone number first", true
	case 131047:
		return "the user wrote or called more than 24 hours ago; only a template can be sent now", true
	case 131048:
		return "the number is limited for spam; do not repeat it", true
	case 131053:
		return "the file's type or size is not supported", true
	case 131055:
		return "the number is set to SIP; switch SIP off to use calls through the Graph API", true
	case 131056:
		return "too many messages to this user; send fewer and longer ones", true
	case 131057:
		return "the account is in maintenance; it takes about a minute", true
	case 138000:
		return "enable calling in the phone number's settings", true
	case 138001:
		return "the user cannot be called: no WhatsApp, or an old app", true
	case 138002:
		return "the number has 1,000 calls at once", true
	case 138003:
		return "there is already a call with this user", true
	case 138005:
		return "the number has placed as many calls as it may for now; place fewer", true
	case 138009:
		return "a user may be asked once a day and twice a week; a call that is connected ends that", true
	case 138012:
		return "the user was called as often as is allowed in a day; the details say when it ends", true
	case 138017:
		return "the user permits calls for good; place the call without asking", true
	case 138006:
		return "ask the user for permission to call first", true
	case 138013:
		return "a business number of this country cannot start calls", true
	case 138014:
		return "calling is paused for low quality", true
	}
	return "", false
}
