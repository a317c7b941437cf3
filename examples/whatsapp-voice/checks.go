package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// checkTransport tells what the transport finds wrong with each setting, by its name, and then with all of them together.
func (c *config) checkTransport() (all []error) {
	have := c.whatsApp(nil)
	// What is missing is told elsewhere, by name.
	sound := whatsapp.Config{AccessToken: "given", PhoneNumberID: "1"}
	for _, s := range []struct {
		name string
		set  func(w *whatsapp.Config)
	}{
		{"WHATSAPP_ACCESS_TOKEN", func(w *whatsapp.Config) {
			if !isBlank(have.AccessToken) {
				w.AccessToken = have.AccessToken
			}
		}},
		{"WHATSAPP_PHONE_NUMBER_ID", func(w *whatsapp.Config) {
			if !isBlank(have.PhoneNumberID) {
				w.PhoneNumberID, w.MorePhoneNumberIDs = have.PhoneNumberID, have.MorePhoneNumberIDs
			}
		}},
		{"WHATSAPP_API_BASE_URL", func(w *whatsapp.Config) { w.APIBaseURL = have.APIBaseURL }},
		{"WHATSAPP_ALLOWED_NUMBERS", func(w *whatsapp.Config) { w.AllowedNumbers = have.AllowedNumbers }},
		{"WHATSAPP_HEARTBEAT_PERIOD", func(w *whatsapp.Config) { w.Heartbeat.Period = have.Heartbeat.Period }},
		{"WHATSAPP_HEARTBEAT_RECIPIENT", func(w *whatsapp.Config) { w.Heartbeat.Recipient = have.Heartbeat.Recipient }},
		{"WHATSAPP_CALL_SUMMARY_TURNS", func(w *whatsapp.Config) { w.SummaryTurns = have.SummaryTurns }},
		{"WHATSAPP_RESET_COMMAND", func(w *whatsapp.Config) { w.ResetCommand = have.ResetCommand }},
		{"PARLEY_NODE", func(w *whatsapp.Config) { w.Node = have.Node }},
		{"WHATSAPP_PUBLIC_IPS", func(w *whatsapp.Config) { w.PublicIPs = have.PublicIPs }},
		{"WHATSAPP_MAX_CALLS", func(w *whatsapp.Config) { w.MaxCalls = have.MaxCalls }},
		{"WHATSAPP_MAX_CALL_DURATION", func(w *whatsapp.Config) { w.MaxCallDuration = have.MaxCallDuration }},
		{"WHATSAPP_ICE_SERVERS", func(w *whatsapp.Config) { w.ICEServers = have.ICEServers }},
		{"WHATSAPP_RELAY_ONLY", func(w *whatsapp.Config) { w.RelayOnly = have.RelayOnly }},
		{"WHATSAPP_PREVIOUS_APP_SECRET", func(w *whatsapp.Config) {
			w.AppSecret, w.PreviousAppSecret = have.AppSecret, have.PreviousAppSecret
		}},
	} {
		with := sound
		s.set(&with)
		if err := with.Validate(); err != nil {
			all = append(all, fmt.Errorf("%s: %s", s.name, strings.TrimPrefix(err.Error(), whatsapp.ErrConfig.Error()+": ")))
		} else {
			sound = with
		}
	}
	return all
}

// checkValues finds what only this program can know to be wrong.
func (c *config) checkValues() (all []error) {
	elsewhere := []string{"Debounce", "MaxDuration", "HeartbeatPeriod", "MaxCalls", "SummaryTurns"}
	for field, value := range fields(c) {
		below := value.CanInt() && value.Int() < 0 || value.CanFloat() && !(value.Float() >= 0 && value.Float() <= math.MaxInt32)
		if below && !slices.Contains(elsewhere, field.Name) {
			limit := "it cannot be less than 0"
			if value.CanFloat() && value.Float() > 0 {
				limit = "it is too large"
			}
			all = append(all, fmt.Errorf("%s is %v; %s", field.Tag.Get("env"), value.Interface(), limit))
		}
	}
	if c.Debounce < 0 || c.Debounce > c.DebounceLimit {
		all = append(all, fmt.Errorf("WHATSAPP_DEBOUNCE is %v; it can be from 0 to WHATSAPP_DEBOUNCE_LIMIT, which is %v", c.Debounce, c.DebounceLimit))
	}
	if _, err := c.readTexts(); err != nil {
		all = append(all, err)
	}
	if c.RecordDir != "" {
		if info, err := os.Stat(c.RecordDir); err != nil {
			all = append(all, fmt.Errorf("WHATSAPP_RECORD_DIR: %w; create the folder first", err))
		} else if !info.IsDir() {
			all = append(all, errors.New("WHATSAPP_RECORD_DIR: "+c.RecordDir+" is not a folder"))
		}
	}
	return append(all, auto.CheckStore(c.Store))
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
