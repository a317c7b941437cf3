package doctext

import "strings"

// addLayout writes text whose indentation and columns count, such as JSON or a table. Only what is not for reading is
// left out.
func (w *writer) addLayout(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		body := strings.TrimLeft(line, " \t")
		if body != "" {
			if err := w.gap(); err != nil {
				return err
			}
			for _, r := range line[:len(line)-len(body)] {
				if err := w.put(r); err != nil {
					return err
				}
			}
		}
		for i, column := range strings.Split(body, "\t") {
			if i > 0 {
				if err := w.put('\t'); err != nil {
					return err
				}
			}
			if err := w.add(column); err != nil {
				return err
			}
			w.space = false
		}
		w.lines++
	}
	return nil
}
