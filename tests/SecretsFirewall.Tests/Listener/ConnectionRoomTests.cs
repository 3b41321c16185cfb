using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

public sealed class ConnectionRoomTests
{
    /// <summary>Each connection may take a second file for its upstream, and the process has some of its own.</summary>
    [Theory]
    [InlineData(64L)]
    [InlineData(512L)]
    [InlineData(1_024L)]
    [InlineData(1_048_576L)]
    public void Within_AnyLimit_HasRoomForSomeAndNeverForMoreThanTheFiles(long files)
    {
        var room = ConnectionRoom.Within(files);

        Assert.True(room.Most >= 16);
        Assert.True(files < 512 || (2 * room.Most) + 300 <= files);
        Assert.True(files < 512 || room.Most + room.MostAccepted + 300 <= files);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(long.MaxValue)]
    public void Within_NoLimit_IsNoLimit(long? files)
    {
        var room = ConnectionRoom.Within(files);

        Assert.Equal((int.MaxValue, int.MaxValue), (room.Most, room.MostAccepted));
    }

    [Fact]
    public void Enter_WhenFull_IsCountedAndFreeAgainAfterLeave()
    {
        var room = new ConnectionRoom(1);

        Assert.True(room.Enter());
        Assert.False(room.Enter());
        room.Leave();
        room.Leave();

        Assert.True(room.Enter());
        Assert.Equal(1, room.Refused);
    }
}
