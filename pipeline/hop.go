package pipeline

import (
	"sync/atomic"
)

// How much of each lane one hop holds. Two seconds of 20 ms audio: a stage that is further behind stands still.
// The channel has room for all of them, so that only the Response lane can ever wait.
const (
	mediaCapacity    = 100
	responseCapacity = 64
	durableCapacity  = 64
)

// parcel is a frame on its way. Media belongs to no generation. It is small, for each call has room for hundreds.
type parcel struct {
	frame Frame
	gen   *Generation
}

// timedFrame is a frame in a queue that somebody observes.
type timedFrame struct {
	Frame
	queued int64 // Unix nanoseconds
}

// opened returns the parcel as it was sent, and when it was queued: Unix nanoseconds, or 0 if nobody observed that.
func (p parcel) opened() (parcel, int64) {
	if t, ok := p.frame.(*timedFrame); ok {
		return parcel{frame: t.Frame, gen: p.gen}, t.queued
	}
	return p, 0
}

// hop is the channel into one stage: one order for all lanes but Signal, each lane with a bound of its own.
type hop struct {
	lanes        uint8
	ch           chan parcel
	responses    chan struct{} // one token for each Response in ch
	media        atomic.Int32
	durable      atomic.Int32
	mediaDropped atomic.Uint64
	stalled      atomic.Bool // media is being dropped, and that was reported
}

// newHop returns a hop with room for the lanes that frames on it can have, a bit for each: channels cost memory, and
// there is one for every stage of every call.
func newHop(lanes uint8) *hop {
	h, room := &hop{lanes: lanes}, durableCapacity
	if h.takes(LaneMedia) {
		room += mediaCapacity
	}
	if h.takes(LaneResponse) {
		room += responseCapacity
		h.responses = make(chan struct{}, responseCapacity)
	}
	h.ch = make(chan parcel, room)
	return h
}

// takes reports whether there is room for a lane.
func (h *hop) takes(l Lane) bool { return h.lanes&(1<<l) != 0 }

// sendMedia queues live input, or drops it and returns false if the stage stands still.
func (h *hop) sendMedia(p parcel) bool {
	if h.media.Add(1) > mediaCapacity {
		h.media.Add(-1)
		h.mediaDropped.Add(1)
		return false
	}
	h.ch <- p
	return true
}

// sendDurable queues what must not be lost. It never waits; false means that the queue is full.
func (h *hop) sendDurable(p parcel) bool {
	if h.durable.Add(1) > durableCapacity {
		h.durable.Add(-1)
		return false
	}
	h.ch <- p
	return true
}

// sendResponse queues a part of a response; it waits for room until the generation dies.
func (h *hop) sendResponse(p parcel) error {
	select {
	case h.responses <- struct{}{}:
	default:
		select {
		case h.responses <- struct{}{}:
		case <-p.gen.ctx.Done():
			return ErrDeadGeneration
		}
	}
	h.ch <- p
	return nil
}

// took gives the place of a received parcel free.
func (h *hop) took(p parcel) {
	switch p.frame.lane() {
	case LaneMedia:
		if h.media.Add(-1) < mediaCapacity/2 {
			h.stalled.Store(false)
		}
	case LaneDurable:
		h.durable.Add(-1)
	case LaneResponse:
		<-h.responses
	}
}
