package whatsapp

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/pion/rtp"

	"github.com/parley-voice/parley/transports/rtpaudio"
)

// maxKeys is how many telephone keys may wait to be sent in a call.
const maxKeys = 128

// SendDTMF presses telephone keys, 0 to 9, *, #, and A to D, each for 100 ms with a pause of 100 ms behind it, and returns
// when the last was released. What the bot says meanwhile waits. It fails with ErrKeys, if the call is not active for
// example, and with the cause of ctx if that ends first: then the keys that are left are not pressed.
func (c *Call) SendDTMF(ctx context.Context, keys string) error {
	for _, key := range keys {
		if !strings.ContainsRune("0123456789*#ABCD", key) {
			return fmt.Errorf("%w: %q is not one of 0 to 9, *, #, A to D", ErrKeys, key)
		}
	}
	select {
	case <-c.live:
	default:
		return fmt.Errorf("%w: the call is %v", ErrKeys, c.State())
	}
	p, err := c.media.keys.add(keys)
	if err != nil || keys == "" {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-c.closing:
		return fmt.Errorf("%w: the call ended: %w", ErrKeys, c.reason)
	case <-ctx.Done():
		c.media.keys.drop(p)
		return context.Cause(ctx)
	}
}

// pressed are keys of one request.
type pressed struct {
	left []rune
	done chan struct{} // closed when all were sent or err is set
	err  error
}

// keyQueue are the keys that wait to be sent. Its zero value is ready for use.
type keyQueue struct {
	mu      sync.Mutex
	waiting []*pressed
	n       int // keys in waiting
}

func (q *keyQueue) add(keys string) (*pressed, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := &pressed{left: []rune(keys), done: make(chan struct{})}
	if len(p.left) == 0 {
		return p, nil
	}
	if q.n+len(p.left) > maxKeys {
		return nil, fmt.Errorf("%w: %d keys wait already; the limit is %d", ErrKeys, q.n, maxKeys)
	}
	q.waiting, q.n = append(q.waiting, p), q.n+len(p.left)
	return p, nil
}

// drop gives up the keys that are left; the one that is pressed is released in time.
func (q *keyQueue) drop(p *pressed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.n -= len(p.left)
	p.left = nil
}

// next returns the packet for 20 ms of keys, or nil if there are none. The call's clock calls it.
func (q *keyQueue) next(s *rtpaudio.Sender) (*rtp.Packet, error) {
	packet, err := s.Key()
	if packet != nil || err != nil {
		return packet, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 {
		p := q.waiting[0]
		if len(p.left) == 0 {
			close(p.done)
			q.waiting = q.waiting[1:]
			continue
		}
		key := p.left[0]
		p.left, q.n = p.left[1:], q.n-1
		if p.err = s.Press(key); p.err != nil { // there is no payload type for keys
			p.err = fmt.Errorf("%w: %w", ErrKeys, p.err)
			q.n -= len(p.left)
			p.left = nil
			continue
		}
		return s.Key()
	}
	return nil, nil
}
