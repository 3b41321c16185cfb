namespace SecretsFirewall.Inspection.Redaction;

/// <summary>Sees what is about to be masked, at the moment when its reference takes its place. Whoever keeps the bytes seals them.</summary>
/// <param name="detection">With its offset in the stream.</param>
/// <param name="raw">As the text has it, in the detection's form; valid during the call alone.</param>
public delegate void MaskedValue(in Detection.Detection detection, ReadOnlySpan<byte> raw);
