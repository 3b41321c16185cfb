using SecretsFirewall.Admin.Api;

namespace SecretsFirewall.Tests.Admin;

/// <summary>The committed document says what the routes say.</summary>
public sealed class ApiDocumentTests
{
    private static string Committed => Path.Combine(RepositoryRoot(), "docs", "admin-api.openapi.json");

    [Fact]
    public void CommittedDocument_IsWhatTheRoutesSay()
    {
        var api = new AdminApi(
            [
                .. new StateEndpoints(null!).Routes(), .. new ApprovalEndpoints(null!, null!).Routes(),
                .. new DecisionEndpoints(null!, null!, null!, null!, null!, null!, null!, null!).Routes(), .. new UsageEndpoints(null!, null!, null!).Routes(),
                .. new EventEndpoints(null!, null!, "", null!, default).Routes(),
            ],
            null!, TimeProvider.System);
        var written = ApiDocument.Write(api.Routes);
        if (Environment.GetEnvironmentVariable("SFW_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(Committed, written);
        }

        Assert.Equal(File.ReadAllText(Committed), written);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SecretsFirewall.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
