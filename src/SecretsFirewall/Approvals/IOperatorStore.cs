using SecretsFirewall.Model;

namespace SecretsFirewall.Approvals;

/// <summary>The holder of an admin token; the token itself is nowhere.</summary>
/// <param name="Name"><c>[a-z0-9_.-]{1,64}</c>.</param>
/// <param name="TokenHash">SHA-256 of the token.</param>
internal sealed record OperatorRecord(string Name, ApproverRole Role, byte[] TokenHash, DateTimeOffset CreatedAt);

/// <summary>The port through which admin tokens and overrides are remembered. False or null means that it could not, and that nothing was changed.</summary>
internal interface IOperatorStore
{
    IReadOnlyList<OperatorRecord>? Load();

    bool Save(OperatorRecord record);

    bool Delete(string name);

    IReadOnlyList<PolicyOverride>? LoadOverrides();

    bool Save(PolicyOverride made);
}
