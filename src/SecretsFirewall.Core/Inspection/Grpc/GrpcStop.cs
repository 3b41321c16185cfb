namespace SecretsFirewall.Inspection.Grpc;

/// <summary>Why a gRPC body may not go on.</summary>
public enum GrpcStop
{
    None = 0,

    /// <summary>A finding must block; <see cref="GrpcInspection.Blocked"/> tells which.</summary>
    Finding,

    /// <summary>A message is larger than is read, as sent or decoded, or decodes to far more than was sent.</summary>
    TooLarge,

    /// <summary>The bytes are no messages, or a message does not decode by its <c>grpc-encoding</c>.</summary>
    Invalid,
}
