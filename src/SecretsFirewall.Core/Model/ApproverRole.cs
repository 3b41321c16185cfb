namespace SecretsFirewall.Model;

/// <summary>How much a person or a program beside the firewall may do; each role may do what the ones before it may. The zero value may nothing.</summary>
public enum ApproverRole
{
    None = 0,

    /// <summary>Looks.</summary>
    Viewer,

    /// <summary>Answers what waits for a person, and stops agents.</summary>
    Operator,

    /// <summary>Answers what changes what is released: policies, publications.</summary>
    ReleaseManager,

    /// <summary>Everything: tokens, overrides, what is critical.</summary>
    Admin,
}

/// <summary>The spelling of roles on the wire and in records.</summary>
public static class ApproverRoles
{
    private static readonly (ApproverRole Role, string Word)[] Words =
    [
        (ApproverRole.Viewer, "viewer"), (ApproverRole.Operator, "operator"), (ApproverRole.ReleaseManager, "release_manager"), (ApproverRole.Admin, "admin"),
    ];

    /// <summary>All that can be given, the least first.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Words.Select(static one => one.Word)];

    public static string Word(this ApproverRole role) => Array.Find(Words, one => one.Role == role).Word ?? "none";

    /// <summary><see cref="ApproverRole.None"/> for what is no role.</summary>
    public static ApproverRole Parse(string? word) => Array.Find(Words, one => one.Word == word).Role;
}
