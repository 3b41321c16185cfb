namespace SecretsFirewall.Audit.Formats;

/// <summary>How a record is written for other systems.</summary>
internal enum AuditFormat
{
    /// <summary>As it stands in the log.</summary>
    Json = 0,

    /// <summary>Open Cybersecurity Schema Framework, a JSON object a line.</summary>
    Ocsf,

    /// <summary>ArcSight's Common Event Format.</summary>
    Cef,
}

internal static class AuditFormats
{
    /// <summary>One line without its end. What an agent wrote was masked and escaped when it was recorded.</summary>
    public static string Line(AuditFormat format, AuditEntry entry) => format switch
    {
        AuditFormat.Ocsf => OcsfEvent.Line(entry),
        AuditFormat.Cef => CefEvent.Line(entry),
        _ => entry.Line,
    };
}
