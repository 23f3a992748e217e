"""The barcode on the back of driver's licenses and state IDs, by the AAMVA DL/ID Card Design Standard."""
