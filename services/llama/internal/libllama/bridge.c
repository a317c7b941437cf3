//go:build cgo && linux && (amd64 || arm64)

#include "bridge.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The structs of llama.cpp v0.5.0 that cross the boundary by value. Only the members that are set have names; the
// sizes are those of the release.
typedef union {
	uint32_t word[20];
	void *align;
} model_params;

typedef union {
	uint32_t word[40];
	void *align;
} context_params;

// Places in context_params.
enum { N_CTX = 0, N_BATCH = 1, N_UBATCH = 2, N_SEQ_MAX = 3, N_THREADS = 7, N_THREADS_BATCH = 8 };

typedef struct {
	bool no_perf;
} chain_params;

typedef struct {
	int32_t n;
	int32_t *token;
	float *embd;
	int32_t *pos;
	int32_t *n_seq;
	int32_t **seq;
	int8_t *logits;
} batch;

typedef struct {
	const char *role, *content;
} chat_message;

// The functions of the library that are used.
#define FUNCTIONS(F) \
	F(void, llama_backend_init, (void)) \
	F(void, llama_log_set, (void (*)(int, const char *, void *), void *)) \
	F(const char *, llama_print_system_info, (void)) \
	F(model_params, llama_model_default_params, (void)) \
	F(context_params, llama_context_default_params, (void)) \
	F(void *, llama_model_load_from_file, (const char *, model_params)) \
	F(void, llama_model_free, (void *)) \
	F(int32_t, llama_model_n_ctx_train, (const void *)) \
	F(int32_t, llama_model_desc, (const void *, char *, size_t)) \
	F(const char *, llama_model_chat_template, (const void *, const char *)) \
	F(bool, llama_model_has_encoder, (const void *)) \
	F(bool, llama_model_has_decoder, (const void *)) \
	F(const void *, llama_model_get_vocab, (const void *)) \
	F(int32_t, llama_vocab_n_tokens, (const void *)) \
	F(bool, llama_vocab_is_eog, (const void *, int32_t)) \
	F(int32_t, llama_tokenize, (const void *, const char *, int32_t, int32_t *, int32_t, bool, bool)) \
	F(int32_t, llama_token_to_piece, (const void *, int32_t, char *, int32_t, int32_t, bool)) \
	F(int32_t, llama_chat_apply_template, (const char *, const chat_message *, size_t, bool, char *, int32_t)) \
	F(void *, llama_init_from_model, (void *, context_params)) \
	F(void, llama_free, (void *)) \
	F(uint32_t, llama_n_ctx_seq, (const void *)) \
	F(void *, llama_get_memory, (const void *)) \
	F(bool, llama_memory_seq_rm, (void *, int32_t, int32_t, int32_t)) \
	F(void, llama_memory_seq_cp, (void *, int32_t, int32_t, int32_t, int32_t)) \
	F(int32_t, llama_decode, (void *, batch)) \
	F(void *, llama_sampler_chain_init, (chain_params)) \
	F(void, llama_sampler_chain_add, (void *, void *)) \
	F(void *, llama_sampler_init_penalties, (int32_t, int32_t, float, float, float)) \
	F(void *, llama_sampler_init_top_k, (int32_t)) \
	F(void *, llama_sampler_init_min_p, (float, size_t)) \
	F(void *, llama_sampler_init_temp, (float)) \
	F(void *, llama_sampler_init_dist, (uint32_t)) \
	F(void *, llama_sampler_init_greedy, (void)) \
	F(int32_t, llama_sampler_sample, (void *, void *, int32_t)) \
	F(void, llama_sampler_free, (void *))

#define DECLARE(ret, name, args) static ret (*name) args;
FUNCTIONS(DECLARE)

// The last error line of the library's log, and everything from warnings up on stderr.
static char last_error[512];

const char *pl_last_error(void) { return last_error; }

static void note(int level, const char *text, void *user) {
	(void)user;
	enum { WARN = 3, ERROR = 4 };
	if (level == ERROR) {
		snprintf(last_error, sizeof last_error, "%s", text);
	}
	if (level == WARN || level == ERROR) {
		fputs(text, stderr);
	}
}

static bool fail(const char *what, const char *why) {
	snprintf(last_error, sizeof last_error, "%s: %s", what, why ? why : "unknown error");
	return false;
}

bool pl_open(const char *ggml, const char *llama, const char *backends) {
	// RTLD_NOW: a symbol that is missing shows here and not in the middle of a call.
	void *g = dlopen(ggml, RTLD_NOW | RTLD_LOCAL);
	if (!g) return fail(ggml, dlerror());
	void *l = dlopen(llama, RTLD_NOW | RTLD_LOCAL);
	if (!l) return fail(llama, dlerror());
#define RESOLVE(ret, name, args) \
	if (!(name = (ret(*) args)dlsym(l, #name))) return fail(llama, "no function " #name);
	FUNCTIONS(RESOLVE)
	void (*load_all)(const char *) = (void (*)(const char *))dlsym(g, "ggml_backend_load_all_from_path");
	size_t (*backend_count)(void) = (size_t (*)(void))dlsym(g, "ggml_backend_reg_count");
	if (!load_all || !backend_count) return fail(ggml, "no function to load backends");
	llama_log_set(note, NULL);
	load_all(backends);
	if (backend_count() == 0) return fail(backends, "no backend for this processor");
	llama_backend_init();
	return true;
}

const char *pl_system_info(void) { return llama_print_system_info(); }

void *pl_model_load(const char *path) {
	last_error[0] = 0;
	void *m = llama_model_load_from_file(path, llama_model_default_params());
	if (m && (llama_model_has_encoder(m) || !llama_model_has_decoder(m))) {
		fail(path, "not a text generation model");
		llama_model_free(m);
		return NULL;
	}
	return m;
}

void pl_model_free(void *model) { llama_model_free(model); }
int32_t pl_model_train_context(void *model) { return llama_model_n_ctx_train(model); }
const char *pl_model_template(void *model) { return llama_model_chat_template(model, NULL); }
int32_t pl_model_describe(void *model, char *buf, size_t size) { return llama_model_desc(model, buf, size); }

int32_t pl_tokenize(void *model, const char *text, int32_t len, int32_t *tokens, int32_t max, bool bos, bool special) {
	return llama_tokenize(llama_model_get_vocab(model), text, len, tokens, max, bos, special);
}

int32_t pl_piece(void *model, int32_t token, char *buf, int32_t size) {
	return llama_token_to_piece(llama_model_get_vocab(model), token, buf, size, 0, false);
}

bool pl_is_end(void *model, int32_t token) { return llama_vocab_is_eog(llama_model_get_vocab(model), token); }

int32_t pl_apply_template(const char *tmpl, const char **roles, const char **texts, size_t n, char *buf, int32_t size) {
	chat_message *m = malloc((n ? n : 1) * sizeof *m);
	if (!m) return -1;
	for (size_t i = 0; i < n; i++) m[i] = (chat_message){roles[i], texts[i]};
	int32_t got = llama_chat_apply_template(tmpl, m, n, true, buf, size);
	free(m);
	return got;
}

struct pl_context {
	void *ctx, *memory;
	batch b;
	int32_t cap;
};

void pl_context_free(pl_context *c) {
	if (!c) return;
	if (c->ctx) llama_free(c->ctx);
	free(c->b.token);
	free(c->b.pos);
	free(c->b.n_seq);
	free(c->b.seq);
	free(c->b.logits);
	free(c);
}

pl_context *pl_context_new(void *model, int32_t sequences, int32_t per_sequence, int32_t cap, int32_t threads) {
	last_error[0] = 0;
	pl_context *c = calloc(1, sizeof *c);
	if (!c) return NULL;
	context_params p = llama_context_default_params();
	p.word[N_CTX] = (uint32_t)sequences * (uint32_t)per_sequence;
	p.word[N_BATCH] = p.word[N_UBATCH] = (uint32_t)cap;
	p.word[N_SEQ_MAX] = (uint32_t)sequences;
	p.word[N_THREADS] = p.word[N_THREADS_BATCH] = (uint32_t)threads;
	c->cap = cap;
	c->b.token = calloc(cap, sizeof(int32_t));
	c->b.pos = calloc(cap, sizeof(int32_t));
	c->b.n_seq = calloc(cap, sizeof(int32_t));
	c->b.seq = calloc(cap, sizeof(int32_t *));
	c->b.logits = calloc(cap, sizeof(int8_t));
	if (c->b.token && c->b.pos && c->b.n_seq && c->b.seq && c->b.logits) {
		c->ctx = llama_init_from_model(model, p);
	}
	if (!c->ctx || !(c->memory = llama_get_memory(c->ctx))) {
		pl_context_free(c);
		return NULL;
	}
	return c;
}

int32_t pl_context_per_sequence(pl_context *c) { return (int32_t)llama_n_ctx_seq(c->ctx); }

// pl_decode appends tokens to a sequence; the logits of the last one can be sampled then. It returns 0, or the
// library's code.
int32_t pl_decode(pl_context *c, const int32_t *tokens, int32_t n, int32_t seq, int32_t pos) {
	if (n <= 0 || n > c->cap) return -1;
	for (int32_t i = 0; i < n; i++) {
		c->b.token[i] = tokens[i];
		c->b.pos[i] = pos + i;
		c->b.n_seq[i] = 1;
		c->b.seq[i] = &seq;
		c->b.logits[i] = i == n - 1;
	}
	c->b.n = n;
	return llama_decode(c->ctx, c->b);
}

void pl_copy(pl_context *c, int32_t from, int32_t to) { llama_memory_seq_cp(c->memory, from, to, -1, -1); }

bool pl_forget(pl_context *c, int32_t seq, int32_t from) { return llama_memory_seq_rm(c->memory, seq, from, -1); }

void *pl_sampler_new(void *model, const pl_sampling *s) {
	void *chain = llama_sampler_chain_init((chain_params){true});
	if (!chain) return NULL;
	int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
	llama_sampler_chain_add(chain, llama_sampler_init_penalties(n_vocab, s->penalty_last, s->penalty_repeat, s->penalty_freq, s->penalty_present));
	if (s->temperature <= 0) {
		llama_sampler_chain_add(chain, llama_sampler_init_greedy());
		return chain;
	}
	if (s->top_k > 0) llama_sampler_chain_add(chain, llama_sampler_init_top_k(s->top_k));
	if (s->min_p > 0) llama_sampler_chain_add(chain, llama_sampler_init_min_p(s->min_p, 1));
	llama_sampler_chain_add(chain, llama_sampler_init_temp(s->temperature));
	llama_sampler_chain_add(chain, llama_sampler_init_dist(s->seed));
	return chain;
}

void pl_sampler_free(void *sampler) { llama_sampler_free(sampler); }
int32_t pl_sample(void *sampler, pl_context *c) { return llama_sampler_sample(sampler, c->ctx, -1); }
