package pipeline

import "strings"

// Chain makes one stage of several that follow each other.
func Chain(stages ...Stage) Stage { return &chain{stages: stages} }

type chain struct{ stages []Stage }

// Wire is never called: New takes the chain apart.
func (c *chain) Wire(*Wiring) {}

func (c *chain) build(b *builder, in port) (port, string) { return b.list(c.stages, in) }

// Parallel makes one stage of branches that work side by side on the same frames.
//
// The first branch is the main one: the stream goes through it as if it stood there alone, in order. Every other
// branch gets a copy of the frames that it handles, and adds to the stream behind the Parallel what its stages
// declare to make (Makes); what it merely passes on ends there, so nothing comes out twice. What a branch makes
// keeps its order; between branches the order is that of completion. A Response waits for the slowest branch that
// handles it; an End leaves when it has passed all branches.
func Parallel(main Stage, branches ...Stage) Stage { return &parallel{main: main, branches: branches} }

type parallel struct {
	main     Stage
	branches []Stage
}

// Wire is never called: New takes the Parallel apart.
func (p *parallel) Wire(*Wiring) {}

func (p *parallel) build(b *builder, in port) (port, string) {
	out, label := b.stage(p.main, in)
	labels := []string{label}
	for _, branch := range p.branches {
		first := len(b.nodes)
		side, label := b.stage(branch, in)
		labels = append(labels, label)
		made := typeSet{}
		for _, n := range b.nodes[first:] {
			made.add(n.wiring)
		}
		for _, t := range side.taps {
			if t.from == nil || t.from.index < first {
				continue // an empty branch makes nothing
			}
			out.taps = append(out.taps, tap{from: t.from, only: made.restrict(t.only), when: t.when})
		}
		out.made = out.made.union(side.made)
	}
	return out, "(" + strings.Join(labels, " | ") + ")"
}

// Tee gives a copy of the stream to a branch; what comes out of the branch ends there. The session's end waits for
// it.
func Tee(branch Stage) Stage { return &tee{branch: branch} }

type tee struct{ branch Stage }

// Wire is never called: New takes the Tee apart.
func (t *tee) Wire(*Wiring) {}

func (t *tee) build(b *builder, in port) (port, string) {
	_, label := b.stage(t.branch, in)
	return in, "tee(" + label + ")"
}
