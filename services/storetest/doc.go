// Package storetest holds the tests that every services.Store must pass. A store's own tests call Run with a
// function that opens it.
package storetest
