package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/prom"
	"github.com/parley-voice/parley/transports/whatsapp/tracing"
)

// observing is what watches the bot: metrics at an address of their own, so that nobody reads them by the public
// webhook, and traces to an OpenTelemetry collector. The zero value watches nothing.
type observing struct {
	observers []whatsapp.Observer
	server    *http.Server
	served    chan struct{} // closed when the server has ended
	provider  *sdk.TracerProvider
}

// observe opens what the settings ask for.
func (c *config) observe(ctx context.Context) (*observing, error) {
	o := &observing{}
	if err := errors.Join(o.measure(c.Metrics), o.trace(ctx, c.Traces)); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// measure serves metrics at an address; "" is none.
func (o *observing) measure(address string) error {
	if address == "" {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot serve metrics at %q: %w; choose another address with WHATSAPP_METRICS=host:port", address, err)
	}
	metrics := prom.New()
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler())
	o.observers = append(o.observers, metrics)
	o.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	o.served = make(chan struct{})
	go func() { // ends with close
		defer close(o.served)
		if err := o.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("metrics are served no more", "err", err)
		}
	}()
	slog.Info("metrics are served at /metrics", "address", listener.Addr().String())
	return nil
}

// trace sends traces to a collector; "" sends none. The standard variables OTEL_EXPORTER_OTLP_HEADERS,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER are heeded.
func (o *observing) trace(ctx context.Context, endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: want the address of a collector, such as http://localhost:4318")
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.JoinPath("v1", "traces").String()))
	if err != nil {
		return fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "whatsapp-voice")), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	o.provider = sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	o.observers = append(o.observers, tracing.New(o.provider))
	slog.Info("traces are sent to a collector", "host", u.Host)
	return nil
}

// close ends both, when what was traced has been sent or shutdownTimeout has passed.
func (o *observing) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if o.server != nil {
		_ = o.server.Shutdown(ctx)
		<-o.served
	}
	if o.provider != nil {
		if err := o.provider.Shutdown(ctx); err != nil {
			slog.Warn("the last traces could not be sent", "err", err)
		}
	}
}
