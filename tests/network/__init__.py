"""Tests that take hours: ./run test --long."""
