package services_test

import (
	"testing"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/services/nats"
	"github.com/parley-voice/parley/services/redis"
)

func TestWhatStoresSayOfThemselves(t *testing.T) {
	for _, tt := range []struct {
		name             string
		store            services.Store
		persists, shared bool
	}{
		{"none", nil, false, false},
		{"memory", memory.New(), false, false},
		{"a store that says nothing", struct{ services.Store }{}, true, false},
		{"nats", (*nats.Store)(nil), true, true},
		{"redis", (*redis.Store)(nil), true, true},
	} {
		if p, s := services.Persists(tt.store), services.Shares(tt.store); p != tt.persists || s != tt.shared {
			t.Errorf("%s: persists %v, shared %v", tt.name, p, s)
		}
	}
}
