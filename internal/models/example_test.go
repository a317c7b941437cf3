package models_test

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/parley-voice/parley/internal/models"
)

func ExampleFile() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Setenv(models.EnvDir, dir); err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.Unsetenv(models.EnvDir) }()
	_, err = models.File(models.Silero, models.SileroModel)
	fmt.Println(errors.Is(err, models.ErrMissing))
	// Output: true
}
