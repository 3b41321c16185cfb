using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>Four bytes in a row that may begin something encoded. Data, so that whoever passes over the text anyway can look for them too.</summary>
/// <param name="Group">0 to 7: triggers of one group begin alike, and may share a bucket of a vector filter.</param>
/// <param name="Fourth">Any byte, and none at the end of the text, where three say enough.</param>
/// <param name="Decodings">What it calls for if <see cref="EncodingTriggers.Confirms"/> says that it is one.</param>
internal sealed record EncodingTrigger(int Id, int Group, ByteSet First, ByteSet Second, ByteSet Third, ByteSet Fourth, Decodings Decodings);
