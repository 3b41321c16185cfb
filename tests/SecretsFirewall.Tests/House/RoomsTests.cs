using System.Reflection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.House;

/// <summary>Keeps the table of src/README.md: which room may mention which. A room may always mention Model and itself.</summary>
public sealed class RoomsTests
{
    private const string Root = "SecretsFirewall";

    private static readonly Assembly Core = typeof(Destination).Assembly;
    private static readonly Assembly Product = Assembly.Load("sfw");

    private static readonly Dictionary<string, string[]> MayMention = new()
    {
        ["Model"] = [],
        ["Inspection"] = [],
        ["Protocols"] = [],
        ["Policy"] = ["Commands"],
        ["Commands"] = [],
        ["Listener"] = [],
        ["Interception"] = [],
        ["Forwarding"] = [],
        ["Audit"] = [],
        ["Bundles"] = ["Policy", "Inspection", "Commands"],
        ["Telemetry"] = ["Audit"],
        ["Vault"] = [],
        ["Pins"] = [],
        ["Signing"] = [],
        ["Metering"] = [],
        ["Approvals"] = [],
        ["Restraints"] = [],
        ["Enforcement"] = ["Inspection", "Protocols", "Signing", "Policy", "Commands", "Vault", "Audit", "Bundles", "Listener", "Restraints", "Metering", "Pins", "Approvals"],
        ["Storage"] = ["Vault", "Listener", "Bundles", "Policy", "Restraints", "Metering", "Pins", "Approvals", "Audit"],
        ["Admin"] = ["Vault", "Listener", "Audit", "Bundles", "Policy", "Restraints", "Metering", "Pins", "Approvals"],
    };

    /// <summary>The composition root and the pipeline may see all; nobody may mention them.</summary>
    private static readonly string[] SeeAll = ["Cli", ""];

    [Fact]
    public void Rooms_MentionOnlyWhatTheTableAllows()
    {
        var broken = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in Core.GetTypes().Concat(Product.GetTypes()))
        {
            if (RoomOf(type) is not { } room || SeeAll.Contains(room))
            {
                continue;
            }

            Assert.True(MayMention.TryGetValue(room, out var allowed), $"{room} is in no row of the table.");
            foreach (var mentioned in MentionedTypes.Of(type))
            {
                if (RoomOf(mentioned) is { } other && other != room && other != "Model" && !allowed.Contains(other))
                {
                    broken.Add($"{room} mentions {(other.Length == 0 ? mentioned.Name : other)} ({type.Name} → {mentioned.Name})");
                }
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void Core_TouchesNoSocketFileClockOrLogger()
    {
        string[] forbidden = ["System.Net.Sockets", "System.Net.Http", "Microsoft.Extensions.Logging", "Microsoft.AspNetCore"];
        var touched = Core.GetTypes()
            .SelectMany(type => MentionedTypes.Of(type).Select(mentioned => (type, mentioned)))
            .Where(pair => forbidden.Any(space => pair.mentioned.Namespace?.StartsWith(space, StringComparison.Ordinal) is true)
                || pair.mentioned == typeof(File) || pair.mentioned == typeof(FileStream) || pair.mentioned == typeof(TimeProvider))
            .Select(pair => $"{pair.type.FullName} → {pair.mentioned.FullName}")
            .Order(StringComparer.Ordinal);
        Assert.Empty(touched);
    }

    /// <summary>The first segment below the root; null for types that are not ours; empty for the root itself.</summary>
    private static string? RoomOf(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return (type.Assembly == Core || type.Assembly == Product) && type.Namespace is { } space
            ? space == Root ? "" : space.StartsWith(Root + ".", StringComparison.Ordinal) ? space[(Root.Length + 1)..].Split('.')[0] : null
            : null;
    }
}
