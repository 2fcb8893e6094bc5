// Package slotest runs scripts of the reliability test language.
package slotest
