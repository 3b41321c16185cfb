namespace SecretsFirewall.Inspection.Grpc;

/// <summary>Bounds of one message. What goes beyond is not read, and so not passed.</summary>
/// <param name="MessageBytes">As sent and decoded. A message is held whole until it was inspected; libraries take 4 MB unless told otherwise.</param>
/// <param name="Ratio">Decoded bytes for each byte that was sent, beyond the first megabyte.</param>
public sealed record GrpcLimits(int MessageBytes = 16 * 1024 * 1024, int Ratio = 1_100);
