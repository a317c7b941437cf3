package bolt

import (
	"bytes"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// check reads every page.
func check(db *bbolt.DB, file *os.File) error {
	return db.View(func(tx *bbolt.Tx) error {
		info, err := file.Stat()
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return fmt.Errorf("it has %d bytes of %d", info.Size(), tx.Size())
		}
		if err := checkPages(tx); err != nil {
			return err
		}
		// Once here, where a fault becomes a panic: tx.Check reads on a goroutine of its own.
		if err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return readAll(b) }); err != nil {
			return err
		}
		var first error
		for err := range tx.Check() { // to its end: the checking goroutine ends with the last error
			if first == nil {
				first = err
			}
		}
		return first
	})
}

// checkPages reads the header of every page that begins one or more of them. tx.Check would note each of four billion, if
// a page says that it goes on for so long.
func checkPages(tx *bbolt.Tx) error {
	pages := int(tx.Size() / int64(tx.DB().Info().PageSize))
	for id := 0; id < pages; id++ {
		page, err := tx.Page(id)
		if err != nil {
			return err
		}
		if page == nil || page.Type == "free" {
			continue
		}
		if id += page.OverflowCount; id >= pages {
			return fmt.Errorf("page %d of it goes on behind the end", page.ID)
		}
	}
	return nil
}

// readAll finds every key of a bucket, and of those in it, by walking and by searching: so every page is read, and
// every key in the pages that lead to others is compared.
func readAll(b *bbolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			inner := b.Bucket(k)
			if inner == nil {
				return fmt.Errorf("a bucket in it cannot be found")
			}
			return readAll(inner)
		}
		if !bytes.Equal(b.Get(k), v) {
			return fmt.Errorf("a key of %d bytes in it cannot be found", len(k))
		}
		return nil
	})
}
