package tracing_test

import (
	"context"
	"log/slog"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/tracing"
)

func ExampleNew() {
	provider := sdk.NewTracerProvider(sdk.WithBatcher(tracetest.NewInMemoryExporter())) // usually that of otlptracehttp
	defer func() { _ = provider.Shutdown(context.Background()) }()
	whatsapp.New(whatsapp.Config{
		AccessToken: "token", PhoneNumberID: "1234567890", VerifyToken: "chosen", AppSecret: "secret",
		Observers: []whatsapp.Observer{tracing.New(provider)}, Logger: slog.New(slog.DiscardHandler),
	})
	// Output:
}
