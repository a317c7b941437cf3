// Package g2p finds the phonemes of English words: grapheme to phoneme.
//
// The words of a sentence become tokens ("don't" is "do" and "n't"), a tagger finds their parts of speech, and a
// reader looks them up, from the last to the first, because "the" and "to" depend on the sound that follows:
//
//   - function words have rules of their own;
//   - then come the two dictionaries of the voice, the checked one first; homographs such as "close" and "read" have
//     an entry for each part of speech;
//   - then the stem, if the word ends in -s, -ed or -ing;
//   - capitals are spelled, figures are read as numbers;
//   - what is left goes to a small network that guesses from the letters.
//
// The phonemes are those of the Kokoro family of voices: one character each, with capital letters for diphthongs.
// The order of the rules is that of the reader with which the voice was trained (misaki), because a voice sounds
// best when it is read to as it was taught.
package g2p
