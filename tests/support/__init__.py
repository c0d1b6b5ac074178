"""What tests of all kinds lean on."""
