package webhook

import "time"

// The types of this file have the form of the JSON; Parse makes events of them.

type wireEntry struct {
	Changes []wireChange `json:"changes"`
}

type wireChange struct {
	Field string    `json:"field"`
	Value wireValue `json:"value"`
}

type wireValue struct {
	Metadata Metadata      `json:"metadata"`
	Contacts []wireContact `json:"contacts"`
	Calls    []wireCall    `json:"calls"`
	Messages []wireMessage `json:"messages"`
	Statuses []wireStatus  `json:"statuses"`
	Errors   []wireError   `json:"errors"`
}

type wireContact struct {
	WaID         string `json:"wa_id"`
	UserID       string `json:"user_id"`
	ParentUserID string `json:"parent_user_id"`
	Profile      struct {
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"profile"`
}

type wireError struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
	Href string `json:"href"`
}

type wireCall struct {
	ID               string    `json:"id"`
	From             string    `json:"from"`
	To               string    `json:"to"`
	FromUserID       string    `json:"from_user_id"`
	FromParentUserID string    `json:"from_parent_user_id"`
	ToUserID         string    `json:"to_user_id"`
	ToParentUserID   string    `json:"to_parent_user_id"`
	Event            string    `json:"event"`
	Timestamp        time.Time `json:"timestamp"`
	Direction        string    `json:"direction"`
	// The older connection.webrtc.sdp beside it is not read.
	Session struct {
		Type string `json:"sdp_type"`
		SDP  string `json:"sdp"`
	} `json:"session"`
	DeeplinkPayload string        `json:"deeplink_payload"`
	CTAPayload      string        `json:"cta_payload"`
	Opaque          string        `json:"biz_opaque_callback_data"`
	Status          string        `json:"status"`
	Start           time.Time     `json:"start_time"`
	End             time.Time     `json:"end_time"`
	Duration        time.Duration `json:"duration"`
	Errors          []wireError   `json:"errors"`
}

type wireStatus struct {
	ID          string      `json:"id"`
	Type        string      `json:"type"`
	Status      string      `json:"status"`
	Timestamp   time.Time   `json:"timestamp"`
	RecipientID string      `json:"recipient_id"`
	UserID      string      `json:"recipient_user_id"`
	Opaque      string      `json:"biz_opaque_callback_data"`
	Errors      []wireError `json:"errors"`
}
