"""The embedded weights: onnx and npz files, each with a card and a checksum."""
