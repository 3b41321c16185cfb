namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>How a rule finds the secret from its anchor.</summary>
public enum RuleKind
{
    /// <summary>A literal is part of the token: the whole token is the finding.</summary>
    Token = 0,

    /// <summary>A name, then an assignment, then the value: the value is the finding.</summary>
    Assignment,

    /// <summary>The password of a URL: <c>scheme://user:password@host</c>.</summary>
    UrlPassword,

    /// <summary>From a begin line to its end line, over several lines or escaped into one.</summary>
    Block,

    /// <summary>A user's own regular expression, asked in a bounded window around a literal.</summary>
    Regex,

    /// <summary>A name, then an assignment, then text that looks random: that text is the finding.</summary>
    Entropy,
}
