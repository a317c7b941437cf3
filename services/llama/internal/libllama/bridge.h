#ifndef PARLEY_LLAMA_BRIDGE_H
#define PARLEY_LLAMA_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What Go calls. Functions that can fail return NULL, false or a negative number; pl_last_error then says why.

bool pl_open(const char *ggml, const char *llama, const char *backends);
const char *pl_last_error(void);
const char *pl_system_info(void);

void *pl_model_load(const char *path);
void pl_model_free(void *model);
int32_t pl_model_train_context(void *model);
const char *pl_model_template(void *model);
int32_t pl_model_describe(void *model, char *buf, size_t size);
int32_t pl_tokenize(void *model, const char *text, int32_t len, int32_t *tokens, int32_t max, bool bos, bool special);
int32_t pl_piece(void *model, int32_t token, char *buf, int32_t size);
bool pl_is_end(void *model, int32_t token);
int32_t pl_apply_template(const char *tmpl, const char **roles, const char **texts, size_t n, char *buf, int32_t size);

typedef struct pl_context pl_context;
pl_context *pl_context_new(void *model, int32_t sequences, int32_t per_sequence, int32_t batch, int32_t threads);
void pl_context_free(pl_context *c);
int32_t pl_context_per_sequence(pl_context *c);
int32_t pl_decode(pl_context *c, const int32_t *tokens, int32_t n, int32_t seq, int32_t pos);
void pl_copy(pl_context *c, int32_t from, int32_t to);
bool pl_forget(pl_context *c, int32_t seq, int32_t from);

typedef struct {
	int32_t penalty_last;
	float penalty_repeat, penalty_freq, penalty_present;
	int32_t top_k;
	float min_p, temperature;
	uint32_t seed;
} pl_sampling;

void *pl_sampler_new(void *model, const pl_sampling *s);
void pl_sampler_free(void *sampler);
int32_t pl_sample(void *sampler, pl_context *c);

#endif
