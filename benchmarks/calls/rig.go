package calls

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/benchmarks/internal/cores"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const (
	// patience is how long anything may take that takes milliseconds on an idle machine.
	patience = 30 * time.Second
	// says is how long a caller speaks, and cycle how often.
	says  = 1900 * time.Millisecond
	cycle = 5500 * time.Millisecond
)

// rig is a bot in a process of its own, with the callers' side.
type rig struct {
	emulator *whatsapptest.Emulator
	url      string // of the bot's process
	client   *http.Client
	core     int      // the bot's; -1 if it has none of its own
	replay   [][]byte // what callers send, a cycle of packets
	close    func() error
}

// newRig starts a bot. Its speech is what callers say, too.
func newRig(ctx context.Context, kind Kind, speech audio.PCM) (r *rig, err error) {
	r = &rig{client: &http.Client{Transport: &http.Transport{}}}
	if r.replay, err = encodeCycle(speech); err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	voice, err := cut(speech, spoken, botRate)
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	path := filepath.Join(dir, "voice.wav")
	if err := writeWAV(path, voice); err != nil {
		return nil, errors.Join(fmt.Errorf("calls: %w", err), os.RemoveAll(dir))
	}
	if r.emulator, err = whatsapptest.New(); err != nil {
		return nil, errors.Join(fmt.Errorf("calls: %w", err), os.RemoveAll(dir))
	}
	stop, err := r.start(ctx, botConfig{
		Kind: kind, GraphURL: r.emulator.GraphURL(), Token: r.emulator.AccessToken(), Number: r.emulator.PhoneNumberID(),
		AppSecret: r.emulator.AppSecret(), Verify: r.emulator.VerifyToken(), Voice: path, Every: cycle,
	})
	if err != nil {
		return nil, errors.Join(err, r.emulator.Close(), os.RemoveAll(dir))
	}
	r.close = func() error {
		r.client.CloseIdleConnections()
		return errors.Join(stop(), r.emulator.Close(), os.RemoveAll(dir))
	}
	return r, nil
}

// start starts the bot's process, which is this program once more. The function that it returns ends it.
func (r *rig) start(ctx context.Context, c botConfig) (stop func() error, err error) {
	config, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", botVariable+"="+string(config))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	core, release, err := cores.Start(cmd)
	r.core = core
	stop = func() error {
		defer release()
		_ = stdin.Close() // it ends then
		return cmd.Wait()
	}
	if err != nil {
		if cmd.Process != nil {
			err = errors.Join(err, stop())
		}
		return nil, fmt.Errorf("calls: the bot's process: %w", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("calls: the bot's process does not start: %w", err), stop())
	}
	r.url = strings.TrimSpace(line)
	r.emulator.SetWebhook(r.url + "/whatsapp/webhook")
	return stop, nil
}

// usage asks the bot's process what it uses.
func (r *rig) usage(ctx context.Context, collect bool) (u usage, err error) {
	address := r.url + "/usage"
	if collect {
		address += "?collect=1"
	}
	body, err := r.ask(ctx, http.MethodGet, address)
	if err == nil {
		err = json.Unmarshal(body, &u)
	}
	if err != nil {
		err = fmt.Errorf("calls: what the bot uses: %w", err)
	}
	return u, err
}

// reset lets the bot's process count calls and turns anew.
func (r *rig) reset(ctx context.Context) error {
	_, err := r.ask(ctx, http.MethodPost, r.url+"/reset")
	return err
}

func (r *rig) ask(ctx context.Context, method, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return nil, errors.New(answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// call lets one more user call, and waits until the bot has accepted. It begins anywhere in the cycle.
func (r *rig) call(ctx context.Context, user int, opts ...whatsapptest.CallOption) (*whatsapptest.Call, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	at := rand.IntN(len(r.replay))
	replay := append(append([][]byte{}, r.replay[at:]...), r.replay[:at]...)
	opts = append([]whatsapptest.CallOption{whatsapptest.WithReplay(replay), whatsapptest.Unheard()}, opts...)
	call, err := r.emulator.Call(ctx, whatsapptest.User{WaID: fmt.Sprintf("1555%07d", user), Name: "Benchmark"}, opts...)
	if err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	if err := call.WaitAccepted(ctx); err != nil {
		return nil, fmt.Errorf("calls: %w", err)
	}
	return call, nil
}

// hangUp ends a call.
func (r *rig) hangUp(ctx context.Context, call *whatsapptest.Call) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return call.HangUp(ctx)
}

// encodeCycle encodes what a caller sends over and over: speech, and then a quiet room.
func encodeCycle(speech audio.PCM) ([][]byte, error) {
	pcm, err := cut(speech, says, whatsapptest.SampleRate)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(1, 2))
	for pcm.Duration() < cycle {
		pcm.Samples = append(pcm.Samples, int16(random.IntN(40)-20)) // about -69 dBFS
	}
	encoder, err := opus.NewEncoder(whatsapptest.SampleRate, opus.WithBitrate(20000), opus.WithFEC(true, 10))
	if err != nil {
		return nil, err
	}
	var packets [][]byte
	for rest := pcm.Samples; len(rest) >= samplesOfPacket; rest = rest[samplesOfPacket:] {
		packet, err := encoder.Encode(nil, rest[:samplesOfPacket])
		if err != nil {
			return nil, err
		}
		packets = append(packets, packet)
	}
	return packets, nil
}

func writeWAV(path string, pcm audio.PCM) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w, err := audio.NewWAVWriter(file, pcm.Format)
	if err == nil {
		err = errors.Join(w.Write(pcm), w.Close())
	}
	return errors.Join(err, file.Close())
}
