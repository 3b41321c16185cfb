using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsFirewall.Approvals;

namespace SecretsFirewall.Tests.Approvals;

public sealed class NotificationTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Sign_IsWhatAReceiverComputes()
    {
        var (body, key) = (Encoding.UTF8.GetBytes("{}"), Encoding.UTF8.GetBytes("a key of the test"));
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Now.ToUnixTimeSeconds()}.{{}}")));

        Assert.Equal($"t={Now.ToUnixTimeSeconds()},v1={expected}", NotificationText.Sign(body, key, Now));
    }

    [Fact]
    public void Json_SaysWhereAndWhy_AndNotWhat()
    {
        var question = Questions.Make(Now) with { };
        using var json = JsonDocument.Parse(NotificationText.Write(new ApprovalEvent(ApprovalEventKind.Asked, question, Now), NotificationFormat.Json));

        Assert.Equal("asked", json.RootElement.GetProperty("event").GetString());
        Assert.Equal(question.Id, json.RootElement.GetProperty("id").GetString());
        Assert.Equal("operator", json.RootElement.GetProperty("required_role").GetString());
        Assert.False(json.RootElement.TryGetProperty("content", out _));
    }

    [Fact]
    public void Slack_EscapesWhatWouldBeALink()
    {
        using var json = JsonDocument.Parse(NotificationText.Write(new ApprovalEvent(ApprovalEventKind.Asked, Questions.Make(Now), Now), NotificationFormat.Slack));

        var text = Assert.Single(json.RootElement.EnumerateObject()).Value.GetString()!;
        Assert.Contains("/issues?&lt;b&gt;", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<", text, StringComparison.Ordinal);
    }
}
