package io.reliablemq.test.reconcile;

import java.time.Duration;
import java.util.UUID;

import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.redis.RedisGroupDirectory;
import io.reliablemq.test.servers.RedisServers;

import org.springframework.data.redis.core.StringRedisTemplate;

class RedisGroupDirectoryIT extends GroupDirectoryContract {

    private static final int EXPECTED_FROM = 8;

    private static final int LAST_SEEN = 9;

    private final StringRedisTemplate template = new StringRedisTemplate(RedisServers.shared().connectionFactory());

    private final String prefix = UUID.randomUUID() + ":";

    private final RedisGroupDirectory directory = new RedisGroupDirectory(this.template.getRequiredConnectionFactory(),
            this.prefix);

    @Override
    GroupDirectory directory() {
        return this.directory;
    }

    @Override
    void breakHistory(String group) {
        String name = String.join("\u0001", "default", group, "orders");
        String value = this.template.<String, String>opsForHash().get(this.prefix + "groups", name);
        this.template.opsForHash()
            .put(this.prefix + "groups", name, value.substring(0, value.lastIndexOf('\u0001') + 1) + "nonsense");
    }

    @Override
    void age(Duration by) {
        this.template.<String, String>opsForHash().entries(this.prefix + "groups").forEach((name, value) -> {
            String[] fields = value.split("\u0001", -1);
            for (int time : new int[] { EXPECTED_FROM, LAST_SEEN }) {
                fields[time] = String.valueOf(Long.parseLong(fields[time]) - by.toMillis());
            }
            this.template.opsForHash().put(this.prefix + "groups", name, String.join("\u0001", fields));
        });
    }

}
