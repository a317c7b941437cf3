package nats_test

import (
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/nats"
	"github.com/parley-voice/parley/services/storetest"
)

// cluster is three servers, of which one may be away.
type cluster struct{ servers []*testServer }

func startCluster(t *testing.T) *cluster {
	t.Helper()
	const n = 3
	var routes []*url.URL
	var taken []net.Listener // until all have one, so that the ports differ
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, l)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	for _, l := range taken {
		l.Close()
	}
	c := &cluster{}
	for i := range n {
		c.servers = append(c.servers, startServer(t, func(o *server.Options) {
			o.ServerName = fmt.Sprint("node", i)
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: taken[i].Addr().(*net.TCPAddr).Port, PoolSize: -1}
			o.Routes = routes
		}))
	}
	return c
}

func (c *cluster) url() string {
	return c.servers[0].url() + "," + c.servers[1].url() + "," + c.servers[2].url()
}

// leader returns the server that leads the bucket's stream.
func (c *cluster) leader(t *testing.T, bucket string) *testServer {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(30 * time.Second); ; {
		for _, s := range c.servers {
			if s.running.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket) {
				return s
			}
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the bucket has no leader")
		}
	}
}

// ready waits until the servers have chosen who leads them.
func (c *cluster) ready(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(30 * time.Second); ; {
		for _, s := range c.servers {
			if s.running.JetStreamIsLeader() && len(s.running.JetStreamClusterPeers()) == len(c.servers) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("the cluster has no leader")
		}
	}
}

// leaderAway stops and starts the server that leads the bucket.
type leaderAway struct {
	*cluster
	bucket string
	gone   *testServer
}

func (l *leaderAway) Stop(t *testing.T)  { l.gone = l.leader(t, l.bucket); l.gone.stop() }
func (l *leaderAway) Start(t *testing.T) { l.gone.Start(t) }

// TestCluster runs two clients against a bucket that three servers keep, and takes its leader away under them.
func TestCluster(t *testing.T) {
	c := startCluster(t)
	c.ready(t)
	fresh := buckets()
	replicated := func(t *testing.T, bucket nats.Option) *nats.Store {
		return open(t, c.url(), bucket, nats.WithReplicas(3), nats.WithTimeout(15*time.Second))
	}
	storetest.Shared(t, func(t *testing.T) (one, other services.Store) {
		both := fresh()
		return replicated(t, both), replicated(t, both)
	})
	storetest.LostAnswer(t, c.servers[0].address(), func(t *testing.T, address string) services.Store {
		return open(t, "nats://"+address, nats.WithBucket("lost"), nats.WithReplicas(3), nats.WithTimeout(3*time.Second),
			nats.WithConnection(natsgo.IgnoreDiscoveredServers()))
	})
	storetest.Failover(t, func(t *testing.T) services.Store { return replicated(t, nats.WithBucket("failover")) },
		&leaderAway{cluster: c, bucket: "failover"})
}
